import { duration, timeText } from '../decide/wording.ts';
import type { Explanation } from './explanation.ts';

/** Text for a terminal without colours, in the layout of thought of `svcs -x`. Ends with a line break. */
export function renderExplanation(explanation: Explanation, now: number): string {
  const { resource, state, since, firstFaultAt, incident, reason, lastFault, impact, next, remedies } =
    explanation;
  const lines: [string, string][] = [
    ['State', since === null ? state : `${state} since ${timeText(since)} (${duration(now - since)})`],
    ['Reason', reason],
  ];
  if (firstFaultAt !== null) {
    const ago = duration(now - firstFaultAt);
    lines.push(['Began', `first fault at ${timeText(firstFaultAt)} (${ago} ago)`]);
  }
  if (lastFault !== null) lines.push(['Fault', lastFault]);
  lines.push(['Impact', impact], ['Next', withTime(next, now)]);
  for (const line of explanation.record ?? []) lines.push(['Record', line]);
  for (const remedy of remedies) lines.push(['Do', remedy]);
  const title = incident === null ? resource : `${resource} (incident ${incident})`;
  return `${title}\n${lines.map(([label, text]) => `${label.padStart(8)}: ${text}\n`).join('')}`;
}

function withTime(next: Explanation['next'], now: number): string {
  if (next.at === null) return next.what;
  const inTime = next.at > now ? `in ${duration(next.at - now)}` : 'now';
  // The answer tells it by the healer's clock, and is read a moment later.
  const told = / in [\d.]+ (?:s|min|h)(?: [\d.]+ (?:s|min))?$/;
  return told.test(next.what) ? next.what.replace(told, ` ${inTime}`) : `${next.what}, ${inTime}`;
}
