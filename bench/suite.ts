import type { Row } from './row.ts';

/** Figures about one thing, measured in one run with those of its peers. */
export interface Suite {
  /** What a reader must know in order not to take the figures for more than they are. */
  readonly notMeasured: readonly string[];
  measure(run: SuiteRun): Promise<Measured>;
}

interface SuiteRun {
  /** Take the time that the bars were written for. */
  readonly full: boolean;
  /** Tells a person who waits what is being measured. */
  say(line: string): void;
}

export interface Measured {
  readonly rows: readonly Row[];
  /** Under what conditions: what ran, how often, how often repeated. */
  readonly conditions: readonly string[];
  /** Left out where all was there. */
  readonly notHad?: readonly NotHad[];
}

/** A peer that this machine does not have, so that its rows are missing: no pass. */
export interface NotHad {
  readonly what: string;
  readonly why: string;
}
