import type { Explanation } from './explanation.ts';

/** Those whom a person is woken for come first. */
const urgency: readonly Explanation['state'][] = [
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
  return urgency.indexOf(state);
}
