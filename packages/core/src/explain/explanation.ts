/** One answer for each resource that is not ok, in the layout of thought of `svcs -x`. */
export interface Explanation {
  readonly resource: string;
  readonly state:
    | 'ok'
    | 'undecided'
    | 'suspected'
    | 'open'
    | 'attempting'
    | 'verifying'
    | 'paused'
    | 'exhausted';
  /** When this state began, ms since the Unix epoch; null where that is not known. */
  readonly since: number | null;
  /** The earliest fault that is known, ms since the Unix epoch; null where nobody is sick. */
  readonly firstFaultAt: number | null;
  readonly incident: string | null;
  /** Why it is in this state, with its numbers. */
  readonly reason: string;
  /** The newest fault, for a person; null where none is known. */
  readonly lastFault: string | null;
  /** Who is hit: how many instances of which services. */
  readonly impact: string;
  /** What the healer does next, and when it looks again (null: when something is heard). */
  readonly next: { readonly what: string; readonly at: number | null };
  /** How well each step has done here so far; left out where none has been decided on. */
  readonly record?: readonly string[];
  /** What a person can do, as commands or sentences. May be empty. */
  readonly remedies: readonly string[];
}
