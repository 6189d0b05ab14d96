/** An accident that others had, here in virtual time. */
export interface Accident {
  readonly name: string;
  /** Without this guardrail (a mutant of the simulator's list) it happens here as well. */
  readonly without: string;
  /** What harm was done, each a sentence; empty where none was. */
  readonly harm: () => readonly string[];
}
