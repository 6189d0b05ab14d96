import type { Explanation } from './explanation.ts';

/** Text for a terminal without colours, in the layout of thought of `svcs -x`. Ends with a line break. */
export function renderExplanation(explanation: Explanation, _now: number): string {
  return `${explanation.resource}\n State: ${explanation.state}\nReason: ${explanation.reason}\n`;
}
