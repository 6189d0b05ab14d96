/** What a guard under a limit does now. */
export interface Overload {
  /** Calls that hold a place now. */
  readonly running: number;
  /** Calls that wait for one. */
  readonly waiting: number;
  /** How many may hold one now: fewer than `maximumCalls` during a slow start. */
  readonly places: number;
}
