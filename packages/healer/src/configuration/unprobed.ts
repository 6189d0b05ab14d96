import { bestMatches, type PlacedPlaybook, type Problem } from '@prunella/core';
import type { Configuration } from './configuration.ts';
import { problemOfPlaybook } from './place.ts';

type Resources = Configuration['resources'];

/**
 * Resources whose playbook waits for a probe that nobody declared: no incident of theirs would ever open. A
 * playbook for what is not declared at all is a matter of `uncovered`.
 */
export function unprobed(placed: readonly PlacedPlaybook[], resources: Resources): readonly Problem[] {
  return Object.entries(resources).flatMap(([resource, declared]) => {
    const [owner, rival] = bestMatches(
      resource,
      placed.map(({ playbook }) => playbook),
    );
    const place = placed.find(({ playbook }) => playbook === owner);
    if (place === undefined || rival !== undefined) return [];
    return place.playbook.open.confirm.by === 'none' || hasProbe(declared)
      ? []
      : [problemOf(place, resource)];
  });
}

function hasProbe(declared: Resources[string]): boolean {
  return (
    declared.probe !== undefined || Object.values(declared.nodes).some(({ probe }) => probe !== undefined)
  );
}

function problemOf(place: PlacedPlaybook, resource: string): Problem {
  return problemOfPlaybook(place, {
    severity: 'warning',
    code: 'no-probe',
    message: `${resource} has no probe, and \`${place.playbook.name}\` opens only once a probe has failed: it would never open`,
    suggestion: `declare one: resources: { '${resource}': { nodes: { NODE: { target: MINION, probe: { type: tcp, … } } } } }, or write \`open: { confirm: none }\``,
  });
}
