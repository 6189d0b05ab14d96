import { describeDuration, type Explanation } from '@prunella/core';
import { plural } from '../words.ts';
import type { FleetView } from './fleet-view.ts';

/** One sentence on all that is watched. */
export function sentence({
  states,
  explanations,
  resource,
}: Pick<FleetView, 'states' | 'explanations' | 'resource'>): string {
  const [one] = explanations;
  if (resource !== null)
    return one === undefined ? `${resource} is ok.` : `${resource} is ${one.state}: ${one.impact}`;
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  const sick = all - (states['ok'] ?? 0);
  if (all === 0) return 'The healer knows no resource yet.';
  if (sick === 0) return all === 1 ? 'The one resource is ok.' : `All ${all} resources are ok.`;
  const named = sick === 1 && one !== undefined ? `: ${one.resource} is ${one.state}` : '';
  const waiting = explanations.filter(waitsForPerson).length;
  const asked = waiting === 0 ? '' : `; ${plural(waiting, 'waits', 'wait')} for a person`;
  return `${sick} of ${plural(all, 'resource')} ${sick === 1 ? 'is' : 'are'} not ok${named}${asked}.`;
}

function waitsForPerson({ remedies }: Explanation): boolean {
  return remedies.some((remedy) => remedy.startsWith('prunella approve'));
}

/** What happens next, with a countdown that goes by the clock of who watches. */
export function nextText({ what, at }: Explanation['next'], now: number): string {
  if (at === null) return what;
  const bare = what.replace(/ in \d[\d.]* (?:s|min|h)(?: \d+ (?:s|min))?$/, '');
  return at > now ? `${bare}, in ${describeDuration(at - now)}` : `${bare}, now`;
}
