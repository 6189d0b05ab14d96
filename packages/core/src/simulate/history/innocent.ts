import { calmNetwork } from '../network.ts';
import { Random } from '../random.ts';
import type { Happening, History, HistoryResource, HistoryService } from './history.ts';
import { simulatedPlaybook, simulatedStep } from './playbook.ts';

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;

interface Place {
  readonly resource: string;
  readonly nodes: readonly string[];
  readonly service: string;
  readonly hosts: readonly string[];
  readonly at: number;
  readonly forMs: number;
}

/** What the resource depends on; its own playbook only says what it would do. */
const upstream = 'store/upstream';

type Story = (place: Place, random: Random) => readonly Happening[];

/** Trouble in which a restart helps nobody. Each is told of the same eager playbook. */
const stories: Readonly<Record<string, Story>> = {
  "the callers' own bad queries": ({ at, service, resource, forMs }) => [
    { at, what: 'own-fault', service, resource, kind: 'caller', forMs },
  ],
  "the hosts' own trouble": ({ at, service, resource, forMs }) => [
    { at, what: 'own-fault', service, resource, kind: 'local', forMs },
  ],
  'a bug of one application, and the database answers': ({ at, service, resource, forMs }, random) => [
    {
      at,
      what: 'own-fault',
      service,
      resource,
      kind: random.pick(['unknown', 'timeout', 'auth', 'unreachable']),
      forMs,
    },
  ],
  'one host is cut off from a healthy database': ({ at, hosts, forMs }) => [
    { at, what: 'cut', from: `host:${hosts[0]}`, to: 'node:*', forMs },
  ],
  'every host is cut off, and the healer is not': ({ at, forMs }) => [
    { at, what: 'cut', from: 'host:*', to: 'node:*', forMs },
  ],
  'the healer is cut off from the database': ({ at, forMs }) => [
    { at, what: 'cut', from: 'healer', to: 'node:*', forMs },
  ],
  'the healer is cut off from those who report': ({ at, forMs }) => [
    { at, what: 'cut', from: 'healer', to: 'host:*', forMs },
  ],
  'the healer is cut off from everything': ({ at, forMs }) => [
    { at, what: 'cut', from: 'healer', to: 'host:*', forMs },
    { at, what: 'cut', from: 'healer', to: 'node:*', forMs },
    { at, what: 'cut', from: 'healer', to: 'backend', forMs },
  ],
  'too much load': ({ at, resource, forMs }) => [
    { at, what: 'breaks', resource, node: null, kind: 'overloaded', cures: [], forMs },
  ],
  'recovery of the log after a start': ({ at, resource, forMs }) => [
    { at, what: 'breaks', resource, node: null, kind: 'starting', cures: [], forMs },
  ],
  'what it depends on is gone': ({ at, resource, forMs }, random) => [
    { at, what: 'breaks', resource: upstream, node: null, kind: 'unreachable', cures: [], forMs },
    {
      at: at + random.whole(0, 5 * second),
      what: 'breaks',
      resource,
      node: null,
      kind: 'unreachable',
      cures: [],
      forMs,
    },
  ],
  'gone for less than the patience of the playbook': ({ at, resource }, random) => [
    {
      at,
      what: 'breaks',
      resource,
      node: null,
      kind: 'unreachable',
      cures: [],
      forMs: random.whole(second, 45 * second),
    },
  ],
  'a failover that takes its time': ({ at, resource }, random) => [
    {
      at,
      what: 'breaks',
      resource,
      node: null,
      kind: 'not-primary',
      cures: [],
      forMs: random.whole(5 * second, 50 * second),
    },
  ],
  'a deploy that replaces every process': ({ at, service }, random) => [
    { at, what: 'deployed', service, how: random.pick(['crash', 'goodbye']) },
  ],
  'every process that observes is gone': ({ at, service }, random) => [
    { at, what: 'gone', service, how: random.pick(['crash', 'goodbye']) },
  ],
  'the healer restarts again and again': ({ at }, random) =>
    [0, 1, 2, 3].map((count) => ({
      at: at + count * random.whole(20, 90) * second,
      what: 'healer-crashes' as const,
      point: random.pick(['now', 'before-commit', 'after-commit'] as const),
      event: null,
      downForMs: random.whole(1, 60) * second,
    })),
  'the clock is set': ({ at }, random) => [
    { at, what: 'clock-set', byMs: random.pick([-600, -60, 60, 600]) * second },
  ],
  'an alert about a database that answers': ({ at, resource, nodes }) => [
    { at, what: 'signal', resource, node: nodes[0] ?? null, type: 'alert' },
  ],
  'slow for a while, and the healer is answered': ({ at, service, resource, forMs }) => [
    { at, what: 'own-fault', service, resource, kind: 'timeout', forMs },
  ],
};

/** One hour in which no repair is right. Besides, the network may be bad and the healer may restart. */
export function generateInnocent(seed: number): History {
  const random = new Random(seed).fork('innocent');
  const names = Object.keys(stories);
  const about = names[seed % names.length] ?? '';
  const resources = [makeResource(random), makeUpstream()];
  const { facts } = resources[0] ?? makeResource(random);
  const service = makeService(random, facts.resource);
  const place: Place = {
    resource: facts.resource,
    nodes: facts.nodes.map(({ name }) => name),
    service: service.name,
    hosts: service.hosts,
    at: random.whole(3 * minute, 15 * minute),
    forMs: random.whole(minute, 30 * minute),
  };
  const told = stories[about]?.(place, random) ?? [];
  const crash: Happening = {
    at: place.at + random.whole(0, 10 * minute),
    what: 'healer-crashes',
    point: 'now',
    event: null,
    downForMs: random.whole(1, 30) * second,
  };
  return {
    seed,
    about,
    durationMs: hour,
    resources,
    services: [service],
    network: {
      ...calmNetwork,
      leastDelayMs: 1,
      mostDelayMs: random.pick([20, 100, 400]),
      lossShare: random.pick([0, 0, 0.05]),
    },
    healer: { driftPerMillion: random.whole(-100, 100), commitMs: [1, 20] },
    targetsCheckFences: true,
    targetsBehindMs: 0,
    answers: [],
    fates: [],
    happenings: random.chance(0.3) ? [...told, crash] : told,
  };
}

/** As eager as a playbook may be: the restart is the first step, at once, and asks nobody. */
function makeResource(random: Random): HistoryResource {
  const resource = 'store/s1';
  const count = random.pick([1, 2, 3]);
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `s1n${index + 1}`,
    target: `minion-s1n${index + 1}`,
  }));
  const restart = simulatedStep({
    id: 'restart',
    effect: 'disrupts',
    afterMs: 0,
    everyMs: 2 * minute,
    max: 3,
  });
  const playbook = simulatedPlaybook(resource, [restart], {
    open: {
      quorum: random.pick([
        { share: 0.5, hosts: 2, hostsWritten: false },
        { share: 0.3, hosts: 1, hostsWritten: true },
      ]),
      signals: [{ type: 'alert' }],
    },
    limits: { attemptsPerDay: 10, disruptivePerFleetHour: 10, blastRadiusNodes: count },
  });
  return { facts: { resource, nodes, labels: {} }, playbook: { ...playbook, dependsOn: [upstream] } };
}

function makeUpstream(): HistoryResource {
  const shadow = simulatedStep({ id: 'restart', effect: 'disrupts', autonomy: 'shadow' });
  const nodes = [{ name: 'upn1', target: 'minion-upn1' }];
  return {
    facts: { resource: upstream, nodes, labels: {} },
    playbook: simulatedPlaybook(upstream, [shadow], {
      open: { quorum: { share: 0.3, hosts: 1, hostsWritten: true } },
    }),
  };
}

function makeService(random: Random, resource: string): HistoryService {
  const hosts = Array.from({ length: random.pick([2, 3, 4]) }, (_, index) => `web${index + 1}`);
  return {
    name: 'service1',
    hosts,
    resources: [resource, upstream],
    callEveryMs: random.whole(2, 8) * second,
  };
}
