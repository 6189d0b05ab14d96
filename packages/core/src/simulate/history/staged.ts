import type { Playbook, Step } from '../../playbook/playbook.ts';
import { calmNetwork } from '../network.ts';
import type { Random } from '../random.ts';
import type { Happening, History, HistoryResource } from './history.ts';
import { simulatedPlaybook, simulatedStep } from './playbook.ts';

const second = 1_000;
const minute = 60_000;

/** What a stage says of its history; the rest is calm. */
interface Stage {
  readonly resources: readonly HistoryResource[];
  readonly happenings: readonly Happening[];
  readonly answers?: History['answers'];
  readonly network?: Partial<History['network']>;
  readonly fates?: History['fates'];
  readonly targetsBehindMs?: number;
}

type MakeStage = (random: Random, at: number) => Stage;

interface ResourceOptions {
  readonly name?: string;
  readonly nodes?: number;
  readonly targets?: readonly string[];
  readonly domains?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly steps: readonly [Step, ...Step[]];
  readonly open?: Partial<Playbook['open']>;
  readonly limits?: Partial<Playbook['limits']>;
}

function resourceOf(options: ResourceOptions): HistoryResource {
  const name = options.name ?? 'store/s1';
  const nodes = Array.from({ length: options.nodes ?? 1 }, (_, index) => {
    const node = `${name.split('/')[1]}n${index + 1}`;
    const domain = options.domains?.[index];
    return {
      name: node,
      target: options.targets?.[index] ?? `minion-${node}`,
      ...(domain !== undefined && { domain }),
    };
  });
  const open = { quorum: { share: 0.3, hosts: 1, hostsWritten: true }, ...options.open };
  const plain = simulatedPlaybook(name, options.steps, {
    open,
    limits: { attemptsPerDay: 9, ...options.limits },
  });
  return {
    facts: { resource: name, nodes, labels: {} },
    playbook: { ...plain, dependsOn: options.dependsOn ?? [] },
  };
}

function disrupts(change: Partial<Step> = {}): Step {
  return simulatedStep({
    id: 'restart',
    effect: 'disrupts',
    afterMs: 2 * minute,
    everyMs: 3 * minute,
    max: 3,
    ...change,
  });
}

function repairs(change: Partial<Step> = {}): Step {
  return simulatedStep({
    id: 'apply',
    effect: 'repairs',
    afterMs: 2 * minute,
    everyMs: 3 * minute,
    max: 3,
    ...change,
  });
}

function gone(at: number, resource: string, node: string | null, forMs: number | null): Happening {
  return { at, what: 'breaks', resource, node, kind: 'unreachable', cures: [], forMs };
}

/** It means every node, whatever their probes say. */
const written = { select: 'expression', expression: 's1*', matcher: 'glob' } as const;

const crashEvents = [
  null,
  'incident-opened',
  'attempt-proposed',
  'attempt-intended',
  'attempt-dispatched',
  'attempt-ended',
  'verdict-given',
  'incident-closed',
] as const;

const large = 'four of a large fleet at once';

/** Each leads to where one guardrail is all that stands between a resource and harm. */
const stages: Readonly<Record<string, MakeStage>> = {
  'those who complained are gone when a repair has ended': (random, at) => ({
    resources: [resourceOf({ nodes: 2, steps: [repairs({ everyMs: 3 * minute })] })],
    happenings: [
      {
        at,
        what: 'breaks',
        resource: 'store/s1',
        node: null,
        kind: 'unreachable',
        cures: ['repairs'],
        forMs: null,
      },
      { at: at + 2 * minute + random.whole(5, 25) * second, what: 'gone', service: 'service1', how: 'crash' },
    ],
  }),
  'nobody is heard while one repair is due': (random, at) => ({
    resources: [1, 2, 3, 4].map((number) =>
      resourceOf({ name: `store/s${number}`, steps: [repairs()], open: { confirm: { by: 'none' } } }),
    ),
    happenings: [
      gone(at, 'store/s1', null, null),
      {
        at: at + random.whole(70, 80) * second,
        what: 'cut',
        from: 'healer',
        to: 'host:*',
        forMs: 9 * minute,
      },
    ],
  }),
  'what it depends on is gone with it': (random, at) => ({
    resources: [
      resourceOf({ steps: [disrupts({ afterMs: 20 * minute })] }),
      resourceOf({ name: 'store/s2', dependsOn: ['store/s1'], steps: [disrupts(), repairs()] }),
    ],
    happenings: [
      gone(at, 'store/s1', null, null),
      gone(at + random.whole(0, 20) * second, 'store/s2', null, null),
    ],
  }),
  'a neighbour on the same server breaks after our own attempt': (random, at) => ({
    resources: [
      resourceOf({ targets: ['minion-shared'], steps: [disrupts({ max: 1 })] }),
      resourceOf({ name: 'store/s2', targets: ['minion-shared'], steps: [disrupts({ afterMs: 0 })] }),
    ],
    happenings: [
      gone(at, 'store/s1', null, 4 * minute),
      gone(at + 2 * minute + random.whole(30, 90) * second, 'store/s2', null, null),
    ],
  }),
  'two on one server are gone with it': (random, at) => ({
    resources: [1, 2].map((number) =>
      resourceOf({ name: `store/s${number}`, targets: ['minion-shared'], steps: [repairs()] }),
    ),
    happenings: [1, 2].map((number) =>
      gone(at + random.whole(0, 10) * second, `store/s${number}`, null, null),
    ),
  }),
  'the database is back and its callers do not know': (random, at) => ({
    resources: [
      resourceOf({ steps: [disrupts({ effect: random.pick(['disrupts', 'repairs']), target: written })] }),
    ],
    happenings: [
      gone(at, 'store/s1', null, random.whole(80, 110) * second),
      { at, what: 'cut', from: 'host:*', to: 'node:*', forMs: 20 * minute },
    ],
  }),
  'deadlines are missed and the probe is answered': (random, at) => ({
    resources: [resourceOf({ steps: [disrupts({ target: written })], open: { confirm: { by: 'none' } } })],
    happenings: [
      {
        at,
        what: 'own-fault',
        service: 'service1',
        resource: 'store/s1',
        kind: 'timeout',
        forMs: random.whole(8, 20) * minute,
      },
    ],
  }),
  'a written target means those that serve as well': (random, at) => {
    const nodes = random.pick([2, 3]);
    const limits = { blastRadiusNodes: nodes, healthyShare: random.pick([0.5, 0.9]) };
    return {
      resources: [resourceOf({ nodes, steps: [disrupts({ target: written })], limits })],
      happenings: [gone(at, 'store/s1', 's1n1', null)],
    };
  },
  [large]: (random, at) => ({
    resources: Array.from({ length: 24 }, (_, index) =>
      resourceOf({ name: `store/s${index + 1}`, steps: [repairs()] }),
    ),
    happenings: [1, 2, 3, 4].map((number) =>
      gone(at + random.whole(0, 5) * second, `store/s${number}`, null, null),
    ),
  }),
  'two racks at once': (random, at) => ({
    resources: [1, 2].map((number) =>
      resourceOf({ name: `store/s${number}`, domains: [`rack${number}`], steps: [disrupts()] }),
    ),
    happenings: [1, 2].map((number) =>
      gone(at + random.whole(0, 10) * second, `store/s${number}`, null, null),
    ),
  }),
  'it comes and goes': (random, at) => ({
    resources: [resourceOf({ steps: [disrupts()], limits: { flappingOpenings: random.pick([2, 3]) } })],
    happenings: [0, 1, 2, 3].map((count) =>
      gone(at + count * 8 * minute, 'store/s1', null, random.whole(150, 220) * second),
    ),
  }),
  'a node that served fails after the attempt on another': (random, at) => ({
    resources: [resourceOf({ nodes: 2, steps: [disrupts()], limits: { ineffectiveInARow: 9 } })],
    happenings: [
      gone(at, 'store/s1', 's1n1', null),
      gone(at + 2 * minute + random.whole(15, 60) * second, 'store/s1', 's1n2', null),
    ],
  }),
  'one node is gone, and the way to the other is slow': (_random, at) => ({
    resources: [
      resourceOf({
        nodes: 2,
        steps: [disrupts()],
        limits: { blastRadiusNodes: 2, healthyShare: 0.1, ineffectiveInARow: 9 },
      }),
    ],
    happenings: [gone(at, 'store/s1', 's1n1', null)],
    network: { leastDelayMs: 1, mostDelayMs: 1_600 },
  }),
  'one of two is back before the answer comes': (random, at) => ({
    resources: [resourceOf({ nodes: 2, steps: [disrupts({ autonomy: 'ask' })] })],
    happenings: [
      gone(at, 'store/s1', null, null),
      { at: at + random.whole(135, 200) * second, what: 'other-repairs', resource: 'store/s1', node: 's1n1' },
    ],
    answers: [{ says: 'yes', afterMs: random.whole(100, 160) * second }],
  }),
  'the healer dies where it hurts most': (random, at) => ({
    resources: [resourceOf({ nodes: 2, steps: [repairs(), disrupts({ afterMs: 5 * minute })] })],
    happenings: [
      {
        at,
        what: 'breaks',
        resource: 'store/s1',
        node: null,
        kind: 'unreachable',
        cures: ['disrupts'],
        forMs: null,
      },
      ...[0, 1].map((count) => ({
        at: at + random.whole(0, 6) * minute + count,
        what: 'healer-crashes' as const,
        point: random.pick(['before-commit', 'after-commit', 'after-send'] as const),
        event: random.pick(crashEvents),
        downForMs: random.whole(1, 30) * second,
      })),
    ],
  }),
  'a stale order, where the clock of its target is behind': (_random, at) => ({
    resources: [resourceOf({ steps: [disrupts({ max: 4 })], limits: { ineffectiveInARow: 9 } })],
    happenings: [gone(at, 'store/s1', null, null)],
    fates: ['late'],
    targetsBehindMs: 30 * minute,
  }),
  'the backend names a neighbour besides': (_random, at) => ({
    resources: [
      resourceOf({ nodes: 2, steps: [disrupts()], limits: { blastRadiusNodes: 2, healthyShare: 0.1 } }),
    ],
    happenings: [
      gone(at, 'store/s1', 's1n1', null),
      { at, what: 'backend-confused', target: 'minion-web7', forMs: 30 * minute },
    ],
  }),
  'a yes waits for the end of a stop': (random, at) => ({
    resources: [resourceOf({ steps: [disrupts({ autonomy: 'ask' })], limits: { approvalMs: 5 * minute } })],
    happenings: [
      gone(at, 'store/s1', null, null),
      { at: at + random.whole(124, 138) * second, what: 'paused', forMs: random.whole(7, 14) * minute },
    ],
    answers: [{ says: 'yes', afterMs: random.whole(8, 30) * second }],
  }),
};

const turns = 'two steps that need not wait for each other, and neither can go on';

/** A silent minion holds them, or no node fails: the way from the applications alone is cut. */
const takeTurns: MakeStage = (random, at) => {
  const isSilent = random.chance(0.5);
  const next = { onHold: 'next', afterMs: minute } as const;
  const forMs = random.whole(3, 6) * minute;
  return {
    resources: [
      resourceOf({
        steps: [disrupts({ id: 'first', ...next }), disrupts({ id: 'second', ...next })],
        ...(!isSilent && { open: { confirm: { by: 'none' } } }),
      }),
    ],
    happenings: isSilent
      ? [
          gone(at, 'store/s1', null, forMs),
          { at: at - second, what: 'minion-silent', target: 'minion-s1n1', forMs },
        ]
      : [{ at, what: 'cut', from: 'host:*', to: 'node:*', forMs }],
  };
};

/** A history that leads to one place; everything beside it is calm. */
export function stageHistory(random: Random, seed: number): History {
  const names = Object.keys(stages);
  const picked = names[random.whole(0, names.length - 1)] ?? '';
  // The large one costs as much as ten others.
  const likely = picked === large && random.chance(0.7) ? (names[0] ?? '') : picked;
  // By a generator of its own, so that the other stages keep their seeds.
  const about = random.fork('turns').chance(0.06) ? turns : likely;
  const make = about === turns ? takeTurns : stages[about];
  const stage = make?.(random, random.whole(3, 10) * minute) ?? { resources: [], happenings: [] };
  return {
    seed,
    about,
    durationMs: 60 * minute,
    resources: stage.resources,
    services: [
      {
        name: 'service1',
        hosts: about === large ? ['web1', 'web2'] : ['web1', 'web2', 'web3', 'web4'],
        resources: stage.resources.map(({ facts }) => facts.resource),
        callEveryMs: random.whole(3, 8) * second,
      },
    ],
    network: { ...calmNetwork, leastDelayMs: 1, mostDelayMs: 20, ...stage.network },
    healer: { driftPerMillion: 0, commitMs: [1, 10] },
    targetsCheckFences: true,
    targetsBehindMs: stage.targetsBehindMs ?? 0,
    answers: stage.answers ?? [],
    fates: stage.fates ?? [],
    happenings: stage.happenings,
  };
}
