import type { Attempt } from '../api/answers.ts';

const phaseWords: Readonly<Record<Attempt['phase'], string>> = {
  proposed: 'is about to run',
  'awaiting-approval': 'waits for a person',
  held: 'is held',
  dispatched: 'runs',
  verifying: 'has ended and is verified',
  ended: 'has ended',
  withdrawn: 'was withdrawn',
  shadowed: 'would have run (shadow)',
};

const verdictWords = {
  effective: 'it helped',
  ineffective: 'it did not help',
  unverified: 'nobody could say whether it helped',
} as const;

/** What became of it so far, after `Run 2:`. */
export function becameOf({ phase, verdict }: Pick<Attempt, 'phase' | 'verdict'>): string {
  return verdict === null ? phaseWords[phase] : verdictWords[verdict];
}

/** Those that were sent to somebody, the oldest first. */
export function sentOf(attempts: readonly Attempt[]): readonly (Attempt & { readonly startedAt: number })[] {
  return attempts
    .filter((attempt): attempt is Attempt & { readonly startedAt: number } => attempt.startedAt !== null)
    .sort((left, right) => left.startedAt - right.startedAt);
}
