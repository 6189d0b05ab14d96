/**
 * What the healer tells a guard. `probe` and `recovered` are obeyed by default; `shed` and `serve-cache` only
 * where the application allows, below its own ceiling, for at most 60 s.
 */
export interface Directive {
  readonly directive: 'probe' | 'recovered' | 'shed' | 'serve-cache';
  readonly resource: string;
  readonly incident: string;
  /** Grows within an incident; a guard drops a directive that is not newer than the last one of it. */
  readonly sequence: number;
  /** Act at a random moment within this many ms, so that a fleet does not act at once. */
  readonly spreadMs: number;
  /** How long it holds, in ms; `shed` and `serve-cache` only. */
  readonly forMs?: number;
  /** The share of calls to refuse, above 0 and at most 1; `shed` only. Left out: what the application allows. */
  readonly share?: number;
}

/**
 * `GET /v1/directives?instance=...&epoch=...&after=CURSOR&waitMs=...` (long poll): answers at once when there is a
 * directive newer than the cursor, else after `waitMs` (at most 55,000) with none.
 */
export interface DirectiveResponse {
  /** Pass it as `after` in the next request. Opaque. The first request leaves `after` out. */
  readonly cursor: string;
  readonly directives: readonly Directive[];
}
