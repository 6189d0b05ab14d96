import {
  brokenRules,
  type Happening,
  type History,
  type Run,
  Simulation,
  simulatedPlaybook,
  simulatedStep,
  World,
} from '@prunella/core/simulate';
import { articlePlaybook, minutes, restart, seconds } from '../playbooks.ts';
import type { Accident } from './accident.ts';

type Step = ReturnType<typeof simulatedStep>;
type Playbook = ReturnType<typeof simulatedPlaybook>;

const resource = 'store/s1';
const outageAt = minutes(5);

interface Tale {
  readonly steps: readonly [Step, ...Step[]];
  readonly happenings: readonly Happening[];
  readonly nodes?: readonly { readonly name: string; readonly target?: string }[];
  readonly resources?: number;
  readonly services?: number;
  readonly callEveryMs?: number;
  readonly open?: Partial<Playbook['open']>;
  readonly limits?: Partial<Playbook['limits']>;
  readonly fates?: History['fates'];
  readonly answers?: History['answers'];
  readonly seed?: number;
  readonly mostDelayMs?: number;
}

function live(tale: Tale): Run {
  const names = Array.from({ length: tale.resources ?? 1 }, (_, index) => `store/s${index + 1}`);
  const open = { quorum: { share: 0.3, hosts: 1, hostsWritten: true }, ...tale.open };
  const limits = { attemptsPerDay: 9, disruptivePerFleetHour: 9, ...tale.limits };
  return new Simulation({
    seed: tale.seed ?? 1,
    about: 'an accident',
    durationMs: minutes(60),
    resources: names.map((name) => ({
      facts: {
        resource: name,
        labels: {},
        nodes: (name === resource ? tale.nodes : undefined) ?? [
          { name: `${name.slice(6)}n1`, target: `minion-${name.slice(6)}n1` },
        ],
      },
      playbook: simulatedPlaybook(name, tale.steps, { open, limits }),
    })),
    services: Array.from({ length: tale.services ?? 1 }, (_, index) => ({
      name: `service${index + 1}`,
      hosts: ['web1', 'web2', 'web3'],
      resources: names,
      callEveryMs: tale.callEveryMs ?? seconds(5),
    })),
    network: { lossShare: 0, doubleShare: 0, leastDelayMs: 1, mostDelayMs: tale.mostDelayMs ?? 20 },
    healer: { driftPerMillion: 0, commitMs: [1, 10] },
    targetsCheckFences: true,
    targetsBehindMs: 0,
    answers: tale.answers ?? [],
    fates: tale.fates ?? [],
    happenings: tale.happenings,
  }).run();
}

function breaks(
  kind: 'unreachable' | 'overloaded' | 'starting',
  change: Partial<Extract<Happening, { what: 'breaks' }>> = {},
): Happening {
  return { at: outageAt, what: 'breaks', resource, node: null, kind, cures: [], forMs: null, ...change };
}

const disrupts = (change: Partial<Step> = {}): Step =>
  simulatedStep({ id: 'restart', effect: 'disrupts', afterMs: minutes(2), ...change });

function sent(run: Run): readonly string[] {
  return run.entries.flatMap((entry) =>
    entry.type === 'sent'
      ? [`${entry.order.step} went to ${entry.order.targets.join(', ') || 'everybody'}`]
      : [],
  );
}

export const accidents: readonly Accident[] = [
  {
    name: 'Diskerase: an empty set of machines that meant all of them',
    without: 'no-targets',
    harm: () =>
      sent(
        live({
          steps: [disrupts()],
          nodes: [{ name: 's1n1' }],
          happenings: [breaks('unreachable')],
          answers: [{ says: 'yes', afterMs: seconds(20) }],
        }),
      ).filter((each) => each.endsWith('everybody')),
  },
  {
    name: 'DynamoDB, October 2025: a stale plan that was applied after its check',
    without: 'target-ignores-time',
    harm: () =>
      live({
        steps: [disrupts({ max: 1 })],
        happenings: [
          breaks('unreachable'),
          { at: outageAt + minutes(2) + seconds(50), what: 'other-repairs', resource, node: 's1n1' },
        ],
        fates: ['late'],
      }).entries.flatMap((entry) =>
        entry.type === 'applied' && entry.wasWell
          ? [`${entry.attempt} hit a node that a person had mended`]
          : [],
      ),
  },
  {
    name: 'GitHub, October 2018: 43 seconds of partition, and a failover by itself',
    without: 'opens-at-once',
    harm: () =>
      sent(
        live({
          steps: [disrupts({ id: 'failover', afterMs: 0 })],
          happenings: [
            { at: outageAt, what: 'cut', from: 'host:*', to: 'node:*', forMs: seconds(43) },
            { at: outageAt, what: 'cut', from: 'healer', to: 'node:*', forMs: seconds(43) },
          ],
        }),
      ),
  },
  {
    name: 'a metastable overload that every restart feeds',
    without: 'no-overload',
    harm: () => sent(live({ steps: [disrupts()], happenings: [breaks('overloaded')] })),
  },
  {
    name: 'a breaker that blocked recovery: the database was back, and nobody called',
    without: 'nobody-looks',
    harm: () => {
      const run = live({
        steps: [simulatedStep({ id: 'apply', effect: 'repairs', afterMs: minutes(2), max: 1 })],
        callEveryMs: minutes(9),
        open: { confirm: { by: 'none' } },
        happenings: [breaks('unreachable', { cures: ['repairs'] })],
      });
      return run.entries.flatMap((entry) =>
        entry.type === 'event' && entry.event.type === 'verdict-given' && entry.event.verdict !== 'effective'
          ? [`the repair had helped, and was called ${entry.event.verdict}`]
          : [],
      );
    },
  },
  {
    name: 'five repairs for one incident',
    without: 'no-storm',
    harm: () =>
      sent(
        live({
          resources: 11,
          steps: [disrupts()],
          happenings: [1, 2, 3, 4, 5].map((number) =>
            breaks('unreachable', { resource: `store/s${number}` }),
          ),
        }),
      ),
  },
  {
    name: 'the wrong minion',
    without: 'any-target',
    harm: () => {
      const playbook = articlePlaybook({ ladder: [restart], limits: { blastRadiusNodes: 2 } });
      const world = new World({
        playbook,
        facts: {
          resource: playbook.for,
          labels: {},
          nodes: [1, 2].map((number) => ({ name: `db${number}`, target: `minion-db${number}` })),
        },
        resolve: ({ failing: [first] }) => ({
          resolved: true,
          targets: [first?.target ?? '', 'minion-web7'].map((id) => ({
            id,
            responding: true,
          })),
        }),
      });
      for (const host of ['web1', 'web2', 'web3']) world.start(host);
      world.at(outageAt, () => world.breaks());
      world.runUntil(minutes(30));
      return world.orders.flatMap(({ order }) => order.targets.filter((target) => target === 'minion-web7'));
    },
  },
  {
    name: 'a repair of the network that cut off the healer',
    without: 'no-isolation',
    harm: () => {
      const cutAt = outageAt + minutes(2) + seconds(30);
      const run = live({
        resources: 4,
        steps: [simulatedStep({ id: 'apply', effect: 'repairs', afterMs: minutes(2), everyMs: minutes(4) })],
        happenings: [
          breaks('unreachable'),
          { at: cutAt, what: 'cut', from: 'healer', to: 'host:*', forMs: minutes(20) },
          { at: cutAt, what: 'cut', from: 'healer', to: 'node:*', forMs: minutes(20) },
        ],
      });
      return run.entries.flatMap((entry) =>
        entry.type === 'sent' && entry.at > cutAt + minutes(2) && entry.at < cutAt + minutes(20)
          ? [`${entry.order.step} was sent by a healer that saw nothing`]
          : [],
      );
    },
  },
  {
    name: 'a healthy replica that was restarted',
    without: 'one-missed-probe',
    harm: () =>
      [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) =>
        brokenRules(
          live({
            seed,
            steps: [disrupts({ everyMs: minutes(3), max: 6 })],
            nodes: [
              { name: 's1n1', target: 'minion-s1n1' },
              { name: 's1n2', target: 'minion-s1n2' },
            ],
            limits: { blastRadiusNodes: 2, healthyShare: 0.1, ineffectiveInARow: 9 },
            mostDelayMs: 1_400,
            happenings: [breaks('unreachable', { node: 's1n1' })],
          }),
        ).flatMap(({ rule, what }) => (rule === 'healthy-left-alone' ? [what] : [])),
      ),
  },
  {
    name: 'a restart during recovery of the log',
    without: 'no-starting',
    harm: () =>
      sent(
        live({
          steps: [disrupts()],
          happenings: [
            breaks('unreachable', { forMs: seconds(90) }),
            breaks('starting', { at: outageAt + seconds(91), forMs: minutes(25) }),
          ],
        }),
      ),
  },
];
