/**
 * Moments at which a crash is most telling. The engine names each as it passes, so that a test can end the
 * process exactly there. In the order of an attempt's life, after those of a signal.
 */
export const crashPoints = [
  'before-signal-commit',
  'after-signal-commit',
  'before-intent-commit',
  'after-intent-commit',
  'before-dispatch',
  'after-dispatch-before-reference',
  'before-reference-commit',
  'after-reference-commit',
  'before-result-commit',
  'after-result-commit',
] as const;

export type CrashPoint = (typeof crashPoints)[number];
