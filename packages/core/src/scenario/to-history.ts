import type { NodeFacts, ResourceFacts } from '../decide/input.ts';
import { factsUnder, playbookUnder } from '../playbook/override.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Happening, History } from '../simulate/history/history.ts';
import { instantShown } from '../windows/wall-clock.ts';
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
    ...(text.clock !== undefined && { beganAt: beganAt(text.clock, text.settled) }),
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
    happenings: text.story.flatMap((each) =>
      toHappenings(each).map(({ afterMs = 0, ...happening }) => ({
        at: text.settled + each.at + afterMs,
        ...happening,
      })),
    ),
  };
}

/** The text was checked: that the clock shows it is known. */
function beganAt({ shows, timeZone }: NonNullable<ScenarioText['clock']>, settledMs: number): number {
  return (instantShown(shows, timeZone) ?? 0) - settledMs;
}

type WithoutTime<Each> = Each extends unknown ? Omit<Each, 'at'> & { readonly afterMs?: number } : never;

/** What a person says, and takes back after a while. */
function toHappenings(text: HappeningText): readonly WithoutTime<Happening>[] {
  if (text.what !== 'claimed') return [toHappening(text)];
  const { resource, for: forMs } = text;
  const says = { what: 'person-says', resource } as const;
  const claims = { ...says, command: { type: 'claim', reason: 'mends it by hand' } as const };
  return forMs === undefined ? [claims] : [claims, { ...says, command: { type: 'release' }, afterMs: forMs }];
}

function toHappening(text: Exclude<HappeningText, { what: 'claimed' }>): WithoutTime<Happening> {
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
    case 'loaded': {
      const { resource, utilisation, of, for: forMs } = text;
      return { what: 'loaded', resource, utilisation, of, forMs };
    }
    case 'others-act': {
      const { resource, as, targets = null, for: forMs } = text;
      return { what: 'others-act', resource, as, targets, forMs };
    }
    case 'deploy-announced': {
      const command = { type: 'announce-deploy', forMs: text.for, what: 'a new version' } as const;
      return { what: 'person-says', resource: text.resource, command };
    }
    case 'maintenance': {
      const command = { type: 'maintenance-begin', forMs: text.for, reason: 'as planned' } as const;
      return { what: 'person-says', resource: text.resource, command };
    }
    case 'deployed':
    case 'gone':
      return { what: text.what, service: text.service, how: 'goodbye' };
  }
}
