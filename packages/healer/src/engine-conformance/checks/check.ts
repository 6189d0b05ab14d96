import type { Trial } from '../trial.ts';

/** One statement about an engine. `run` rejects where it does not hold. */
export interface Check {
  readonly name: string;
  run(trial: Trial): Promise<void>;
}
