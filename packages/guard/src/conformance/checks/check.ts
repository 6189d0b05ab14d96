import type { Trial } from '../trial.ts';

/** A statement, and how it is tried on any adapter. */
export interface Check {
  readonly name: string;
  /** Left out of the list where the harness does not have it. */
  readonly needs?: 'mistake' | 'slow' | 'breakClient' | 'useLent';
  run<Handle, Lent>(trial: Trial<Handle, Lent>): Promise<void>;
}
