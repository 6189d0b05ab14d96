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
    if (place.playbook.open.confirm.by === 'probe' && !hasProbe(declared))
      return [problemOf(place, resource)];
    return neverFails(place, declared) ? [nodesProblem(place, resource)] : [];
  });
}

function hasProbe(declared: Resources[string]): boolean {
  return (
    declared.probe !== undefined || Object.values(declared.nodes).some(({ probe }) => probe !== undefined)
  );
}

/** Its steps wait for nodes to fail, and neither a probe of a node nor a signal would ever say so. */
function neverFails({ playbook }: PlacedPlaybook, { nodes }: Resources[string]): boolean {
  const mapped = Object.values(nodes).filter(({ target }) => target !== undefined);
  return (
    mapped.length > 0 &&
    mapped.every(({ probe }) => probe === undefined) &&
    playbook.open.signals.length === 0 &&
    playbook.ladder.every(({ target }) => target.select === 'failing-nodes')
  );
}

function nodesProblem(place: PlacedPlaybook, resource: string): Problem {
  return problemOfPlaybook(place, {
    severity: 'warning',
    code: 'no-node-probe',
    message: `\`${place.playbook.name}\` repairs failing nodes, and no node of ${resource} has a probe that could fail: it would touch nothing`,
    suggestion: `give the nodes probes: resources: { '${resource}': { nodes: { NODE: { probe: { type: tcp, \u2026 } } } } }, or write a \`target\` at the step`,
  });
}

function problemOf(place: PlacedPlaybook, resource: string): Problem {
  return problemOfPlaybook(place, {
    severity: 'warning',
    code: 'no-probe',
    message: `${resource} has no probe, and \`${place.playbook.name}\` opens only once a probe has failed: it would never open`,
    suggestion: `declare one: resources: { '${resource}': { nodes: { NODE: { target: MINION, probe: { type: tcp, \u2026 } } } } }, or write \`open: { confirm: none }\``,
  });
}
