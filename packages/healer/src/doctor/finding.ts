/** One thing that `prunella doctor` looked at. Written for a person who has not read the code. */
export type Finding = Well | Ailing;

interface Well {
  /** What was looked at: stable, a room first, such as `store-integrity` or `salt-permissions`. */
  readonly check: string;
  readonly state: 'ok';
  /** What was seen, in one sentence. */
  readonly what: string;
}

interface Ailing {
  readonly check: string;
  /**
   * `problem`: something that the configuration promises does not work, or is not safe. `warning`: it works, and
   * will not in a case that can come. `unknown`: it could not be looked at, and so may be either.
   */
  readonly state: 'problem' | 'warning' | 'unknown';
  readonly what: string;
  /** What follows from it, or what it comes from. */
  readonly why: string;
  /** What the reader can do. */
  readonly remedy: string;
}

export function well(check: string, what: string): Finding {
  return { check, state: 'ok', what };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
