import type { Run } from '../record.ts';
import type { Story } from './story.ts';

/** What must never be, or must come to be, seen from outside of the code that decides. */
export interface Rule {
  readonly name: string;
  /** A sentence: what holds in every run. */
  readonly holds: string;
  /** What broke it: each a sentence with its numbers. */
  readonly check: (run: Run, story: Story) => readonly Breach[];
}

export interface Breach {
  /** Ms since the world began. */
  readonly at: number;
  readonly what: string;
}
