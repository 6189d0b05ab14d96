import type { Explanation } from './explanation.ts';

/** Every state; those that a person is woken for come first. */
export const statesByUrgency: readonly Explanation['state'][] = [
  'exhausted',
  'paused',
  'attempting',
  'verifying',
  'open',
  'suspected',
  'undecided',
  'ok',
];

/** Sorts explanations: the smaller, the more urgent. */
export function urgencyOf(state: Explanation['state']): number {
  return statesByUrgency.indexOf(state);
}
