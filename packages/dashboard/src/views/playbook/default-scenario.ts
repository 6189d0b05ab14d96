import type { ResourceFacts } from '@prunella/core';
import type { WholePlaybook } from '../../api/playbooks.ts';

const nodesMost = 12;
const minuteMs = 60_000;
/** After the last step has begun: until its effect is verified and the incident is over. */
const roomAfterLastStepMs = 20 * minuteMs;

/** A world in which a resource of a playbook breaks, and only the playbook's last step mends it. */
export function defaultScenario(playbook: WholePlaybook, resources: readonly ResourceFacts[]): string {
  const own = resources.filter(({ resource }) => playbook.resources.names.includes(resource));
  const facts = own.find(({ nodes }) => nodes.some(({ target }) => target !== undefined)) ?? own[0];
  const name = facts?.resource ?? playbook.resources.names[0] ?? playbook.for.replaceAll('*', 'main');
  const nodes = (facts?.nodes ?? []).slice(0, nodesMost).map(({ name: node, target, domain }) => {
    const text = quoted(target ?? node);
    return `${quoted(node)}: ${domain === undefined ? text : `{ target: ${text}, domain: ${quoted(domain)} }`}`;
  });
  const labels = Object.entries(facts?.labels ?? {}).map(
    ([label, value]) => `${quoted(label)}: ${quoted(value)}`,
  );
  const last = playbook.steps.at(-1);
  const minutes = Math.ceil(((last?.afterMs ?? 0) + roomAfterLastStepMs) / minuteMs);
  return `scenario: ${quoted(`${name} breaks, and ${last === undefined ? 'comes back by itself' : `${last.id} mends it`}`)}
resources:
  ${name}:
${labels.length === 0 ? '' : `    labels: { ${labels.join(', ')} }\n`}    nodes: { ${nodes.length === 0 ? 'node1: node1' : nodes.join(', ')} }
services:
  app: { uses: [${name}], hosts: [host1, host2, host3] }
runs: ${minutes}m
story:
  - { at: 0s, what: breaks, resource: ${name}, ${last === undefined ? 'for: 10m' : `mendedBy: [${quoted(last.id)}]`} }
# Whoever is asked says yes, a minute later.
people: [{ says: yes, after: 1m }, { says: yes, after: 1m }, { says: yes, after: 1m }]
expect:
  ${name}: { ends: ok }
`;
}

/** As it is where YAML takes it for this text, else as a JSON text, which is YAML, too. */
function quoted(text: string): string {
  return /^[a-z][\w./-]*$/i.test(text) && !/^(?:true|false|null|yes|no|on|off|[yn])$/i.test(text)
    ? text
    : JSON.stringify(text);
}
