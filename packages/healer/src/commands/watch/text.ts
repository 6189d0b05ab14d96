import { describeDuration, type Explanation } from '@prunella/core';
import { plural } from '../words.ts';
import type { FleetView } from './fleet-view.ts';

/** One sentence on all that is watched. */
export function sentence({ explanations, resource }: Pick<FleetView, 'explanations' | 'resource'>): string {
  const [first] = explanations;
  if (first === undefined) return 'The healer knows no resource yet.';
  if (resource !== null) return `${first.resource} is ${first.state}: ${first.impact}`;
  const sick = explanations.filter(({ state }) => state !== 'ok');
  const all = explanations.length;
  if (sick.length === 0) return all === 1 ? 'The one resource is ok.' : `All ${all} resources are ok.`;
  const [one] = sick;
  const named = sick.length === 1 && one !== undefined ? `: ${one.resource} is ${one.state}` : '';
  const waiting = sick.filter(waitsForPerson).length;
  const asked = waiting === 0 ? '' : `; ${plural(waiting, 'waits', 'wait')} for a person`;
  return `${sick.length} of ${plural(all, 'resource')} ${sick.length === 1 ? 'is' : 'are'} not ok${named}${asked}.`;
}

export function waitsForPerson({ remedies }: Explanation): boolean {
  return remedies.some((remedy) => remedy.startsWith('prunella approve'));
}

/** What happens next, with a countdown that goes by the clock of who watches. */
export function nextText({ what, at }: Explanation['next'], now: number): string {
  if (at === null) return what;
  const bare = what.replace(/ in \d[\d.]* (?:s|min|h)(?: \d+ (?:s|min))?$/, '');
  return at > now ? `${bare}, in ${describeDuration(at - now)}` : `${bare}, now`;
}
