/** What can be told of a batch of changes: the instants before and after its commit. */
const commitKinds = [
  'start',
  'signal',
  'command',
  'opening',
  'intent',
  'reference',
  'result',
  'verdict',
  'closing',
  'stop',
] as const;

export type CommitKind = (typeof commitKinds)[number];

/** Of an attempt, on its way to the backend, and when it is looked for after a start. */
const runnerPoints = [
  'before-dispatch',
  'after-dispatch-before-reference',
  'before-looking-for',
  'after-looking-for',
] as const;

type RunnerPoint = (typeof runnerPoints)[number];

/**
 * Moments at which a crash is most telling. The engine names each as it passes, so that a test can end the
 * process exactly there.
 */
export type CrashPoint = `${'before' | 'after'}-${CommitKind}-commit` | RunnerPoint;

export const crashPoints: readonly CrashPoint[] = [
  ...commitKinds.flatMap((kind) => [`before-${kind}-commit`, `after-${kind}-commit`] as const),
  ...runnerPoints,
];
