import { bestMatches, type PlacedPlaybook, type Problem } from '@prunella/core';
import type { Configuration } from './configuration.ts';

type Resources = Configuration['resources'];

/**
 * Resources whose playbook waits for a probe that nobody declared: no incident of theirs would ever open. Of
 * resources that are not declared at all only those are known that a playbook names in full.
 */
export function unprobed(placed: readonly PlacedPlaybook[], resources: Resources): readonly Problem[] {
  const named = placed.map(({ playbook }) => playbook.for).filter((pattern) => !pattern.includes('*'));
  const names = new Set([...Object.keys(resources), ...named]);
  return [...names].flatMap((resource) => {
    const [owner, rival] = bestMatches(
      resource,
      placed.map(({ playbook }) => playbook),
    );
    const place = placed.find(({ playbook }) => playbook === owner);
    if (place === undefined || rival !== undefined) return [];
    return place.playbook.open.confirm.by === 'none' || hasProbe(resources[resource])
      ? []
      : [problemOf(place, resource)];
  });
}

function hasProbe(declared: Resources[string] | undefined): boolean {
  if (declared === undefined) return false;
  return (
    declared.probe !== undefined || Object.values(declared.nodes).some(({ probe }) => probe !== undefined)
  );
}

function problemOf({ playbook, file }: PlacedPlaybook, resource: string): Problem {
  return {
    severity: 'warning',
    code: 'no-probe',
    file,
    line: playbook.ladder[0].line,
    column: 1,
    text: playbook.for,
    message: `${resource} has no probe, and \`${playbook.name}\` opens only once a probe has failed: it would never open`,
    suggestion: `declare one: resources: { '${resource}': { nodes: { NODE: { target: MINION, probe: { type: tcp, … } } } } }, or write \`open: { confirm: none }\``,
  };
}
