import type { NodeFacts, ResourceFacts } from '../decide/input.ts';
import { factsUnder, playbookUnder } from '../playbook/override.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Happening, History } from '../simulate/history/history.ts';
import type { HappeningText, ScenarioText } from './text.ts';

/** Always the same: a scenario is told, not drawn. */
const seed = 1;

/** The resources of a scenario as they would be declared. */
export function factsOf(text: ScenarioText): readonly ResourceFacts[] {
  return Object.entries(text.resources).map(([resource, { labels, nodes }]) => ({
    resource,
    labels,
    nodes: Object.entries(nodes).map(([name, node]) => toNode(name, node)),
  }));
}

type NodeText = ScenarioText['resources'][string]['nodes'][string];

function toNode(name: string, node: NodeText): NodeFacts {
  if (typeof node === 'string') return { name, target: node };
  const { target, domain } = node;
  return { name, target, ...(domain !== undefined && { domain }) };
}

/** A scenario as a history of a calm world; resources without a playbook are nobody's and left out. */
export function toHistory(text: ScenarioText, playbooks: readonly Playbook[]): History {
  const resources = factsOf(text).flatMap((facts) => {
    const playbook = playbookUnder(facts, playbooks);
    const probed = text.resources[facts.resource]?.probed ?? true;
    return playbook === undefined ? [] : [{ facts: factsUnder(playbook, facts), playbook, probed }];
  });
  return {
    seed,
    about: text.scenario,
    durationMs: text.settled + text.runs,
    resources,
    services: Object.entries(text.services).map(([name, { uses, hosts, every }]) => ({
      name,
      hosts,
      resources: uses,
      callEveryMs: every,
    })),
    network: { lossShare: 0, doubleShare: 0, leastDelayMs: 1, mostDelayMs: 1 },
    healer: { driftPerMillion: 0, commitMs: [1, 1] },
    targetsCheckFences: true,
    targetsBehindMs: 0,
    answers: text.people.map(({ says, after }) => ({ says, afterMs: after })),
    fates: text.orders,
    happenings: text.story.map((each) => ({ at: text.settled + each.at, ...toHappening(each) })),
  };
}

type WithoutTime<Each> = Each extends unknown ? Omit<Each, 'at'> : never;

function toHappening(text: HappeningText): WithoutTime<Happening> {
  switch (text.what) {
    case 'breaks': {
      const { resource, node = null, fault, mendedBy, for: forMs = null } = text;
      return { what: 'breaks', resource, node, kind: fault, cures: mendedBy, forMs };
    }
    case 'mended':
      return { what: 'other-repairs', resource: text.resource, node: text.node };
    case 'trouble': {
      const { service, resource, fault, for: forMs } = text;
      return { what: 'own-fault', service, resource, kind: fault, forMs };
    }
    case 'signal': {
      const { resource, node = null, type, summary, data } = text;
      return { what: 'signal', resource, node, type, summary, data };
    }
    case 'cut':
      return { what: 'cut', from: text.from, to: text.to, forMs: text.for };
    case 'healer-crashes':
      return { what: 'healer-crashes', point: 'now', event: null, downForMs: text.for };
    case 'paused':
      return { what: 'paused', forMs: text.for };
    case 'silent':
      return { what: 'minion-silent', target: text.target, forMs: text.for };
    case 'deployed':
    case 'gone':
      return { what: text.what, service: text.service, how: 'goodbye' };
  }
}
