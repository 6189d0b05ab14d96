import { duration } from '../decide/wording.ts';
import type { Explanation } from './explanation.ts';

/** Text for a terminal without colours, in the layout of thought of `svcs -x`. Ends with a line break. */
export function renderExplanation(explanation: Explanation, now: number): string {
  const { resource, state, since, incident, reason, lastFault, impact, next, remedies } = explanation;
  const lines: [string, string][] = [
    ['State', since === null ? state : `${state} since ${timeOfDay(since)} (${duration(now - since)})`],
    ['Reason', reason],
  ];
  if (lastFault !== null) lines.push(['Fault', lastFault]);
  lines.push(['Impact', impact], ['Next', withTime(next, now)]);
  for (const remedy of remedies) lines.push(['Do', remedy]);
  const title = incident === null ? resource : `${resource} (incident ${incident})`;
  return `${title}\n${lines.map(([label, text]) => `${label.padStart(8)}: ${text}\n`).join('')}`;
}

function withTime(next: Explanation['next'], now: number): string {
  if (next.at === null) return next.what;
  const inTime = next.at > now ? `in ${duration(next.at - now)}` : 'now';
  return next.what.includes(inTime) ? next.what : `${next.what}, ${inTime}`;
}

/** UTC, so that the same text comes out everywhere: `2026-11-23 08:05:00Z`. */
function timeOfDay(at: number): string {
  const isDate = Number.isFinite(at) && Math.abs(at) <= 8.64e15;
  return isDate
    ? new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z')
    : 'an unknown time';
}
