import { bestMatches, forLabels, type PlacedPlaybook, type Problem } from '@prunella/core';
import { hearsOf } from '../notify/routes.ts';
import type { Configuration } from './configuration.ts';
import type { Place } from './place.ts';

/** Resources whose steps ask a person whom nobody tells: an approval that nobody sees runs out as a no. */
export function unheard(
  placed: readonly PlacedPlaybook[],
  { resources, notifications }: Configuration,
  place: Place,
): readonly Problem[] {
  // Where nobody is told of anything, the doctor says so once; here it would be said of every small beginning.
  if (Object.keys(notifications.channels).length === 0) return [];
  const playbooks = placed.map(({ playbook }) => playbook);
  return Object.entries(resources).flatMap(([resource, { labels }]) => {
    const [owner] = bestMatches(resource, playbooks);
    if (owner === undefined) return [];
    const asking = forLabels(owner, labels).ladder.filter(({ autonomy }) => autonomy === 'ask');
    if (asking.length === 0) return [];
    if (hearsOf('needs-person', { resource, labels, playbook: owner.name }, notifications)) return [];
    const steps = asking.map(({ id }) => id).join(', ');
    return [
      place(['resources', resource], {
        severity: 'warning',
        code: 'nobody-is-asked',
        message: `${steps} of \`${owner.name}\` asks a person, and no route of \`notifications\` tells one of ${resource}: without an answer it is a no`,
        suggestion: 'add a route with `events: [needs-person]` that fits it',
      }),
    ];
  });
}
