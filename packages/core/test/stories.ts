import type { ActionResult, Playbook, ResourceFacts, ResourceInput } from '@prunella/core';
import { World, type WorldOptions } from '@prunella/core/simulate';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

/** An outage of a scripted world, and what people and others do meanwhile. */
export interface Story {
  readonly name: string;
  readonly playbook: Playbook;
  readonly facts?: ResourceFacts;
  readonly act?: WorldOptions['act'];
  readonly resolve?: WorldOptions['resolve'];
  readonly script?: (world: World) => void;
  readonly untilMinutes: number;
}

const resource = 'rethinkdb/main';
const outageAt = minutes(3);

const node = (name: string, domain?: string) => ({
  name,
  target: `minion-${name}`,
  ...(domain === undefined ? {} : { domain }),
});
const twoNodes: ResourceFacts = {
  resource,
  nodes: [node('db1', 'rack1'), node('db2', 'rack2'), { name: 'db3' }],
  labels: { tier: 'gold' },
};

const ended = (outcome: ActionResult['outcome'], change: Partial<ActionResult> = {}) => ({
  tookMs: seconds(5),
  result: { outcome, summary: `it ${outcome}`, targets: [], ...change },
});
const mends: WorldOptions['act'] = (_, world) => {
  world.heals();
  return ended('succeeded');
};
const target = (id: string, outcome: ActionResult['targets'][number]['outcome'], detail: string) => ({
  id,
  outcome,
  detail,
  fenced: true,
});

const attemptOf = (world: World) => world.state.incident?.attempt?.id ?? '';
const signal = (id: string, change: object = {}): ResourceInput => ({
  type: 'signal',
  signal: {
    id,
    source: 'alerts',
    type: 'alert',
    resource,
    node: 'db1',
    status: 'firing',
    summary: 'replica lags',
    ...change,
  },
});
const everyThird = (step: number, world: World, from: number, act: (count: number) => void) => {
  for (let count = 0; count < 4; count += 1) world.at(from + count * step, () => act(count));
};

const quick = { ...highstate, afterMs: minutes(1), everyMs: minutes(2), max: 2 };
const later = { ...restart, afterMs: minutes(3), everyMs: minutes(3) };
const asks = { ...quick, autonomy: 'ask' } as const;
const expression = { select: 'expression', expression: 'db*', matcher: 'glob' } as const;
const wide = { ...quick, target: expression };
const wideLimits = { blastRadiusNodes: 2, healthyShare: 0 };

export const stories: readonly Story[] = [
  { name: 'nothing helps, then it is well by itself', playbook: articlePlaybook(), untilMinutes: 34 },
  { name: 'the first step mends it', playbook: articlePlaybook(), act: mends, untilMinutes: 12 },
  {
    name: 'the second step mends it, and it breaks again',
    playbook: articlePlaybook({ ladder: [{ ...quick, max: 1 }, later] }),
    act: (order, world) => {
      if (order.step === 'restart') world.heals();
      return ended('succeeded');
    },
    script: (world) => {
      world.at(minutes(16), () => world.breaks());
      world.at(minutes(24), () =>
        world.command({ type: 'judge-harmful', attempt: 'none', reason: 'it got worse' }),
      );
      world.at(minutes(25), () => {
        const attempt = world.state.incident?.attempts.at(-1)?.id ?? '';
        world.command({ type: 'judge-harmful', attempt, reason: 'it got worse' });
      });
      world.at(minutes(27), () => world.command({ type: 'lift-demotion', step: 'restart' }));
    },
    untilMinutes: 32,
  },
  {
    name: 'a person approves late, and it helps',
    playbook: articlePlaybook({ ladder: [asks, later] }),
    act: mends,
    script: (world) =>
      world.at(minutes(7), () => world.command({ type: 'approve', attempt: attemptOf(world) })),
    untilMinutes: 12,
  },
  {
    name: 'a person says no, takes it over, gives it back and resumes',
    playbook: articlePlaybook({ ladder: [asks, { ...later, max: 1 }] }),
    script: (world) => {
      world.at(minutes(5), () =>
        world.command({ type: 'reject', attempt: attemptOf(world), reason: 'not now' }),
      );
      world.at(minutes(6), () => world.command({ type: 'claim', reason: 'I look at it' }));
      world.at(minutes(9), () => world.command({ type: 'release' }));
      world.at(minutes(20), () => world.command({ type: 'resume-ladder' }));
      world.at(minutes(24), () => world.command({ type: 'close', reason: 'moved away' }));
    },
    untilMinutes: 28,
  },
  {
    name: 'nobody answers, under a pause',
    playbook: articlePlaybook({ ladder: [asks] }),
    script: (world) => {
      world.at(minutes(6), () => world.tellFleet({ type: 'pause', by: 'ada', reason: 'hands on' }));
      world.at(minutes(8), () => world.command({ type: 'approve', attempt: attemptOf(world) }));
      world.at(minutes(30), () => world.tellFleet({ type: 'resume', by: 'ada' }));
    },
    untilMinutes: 34,
  },
  {
    name: 'two targets of which one refuses and one is silent',
    playbook: articlePlaybook({ ladder: [wide, { ...later, target: expression }], limits: wideLimits }),
    facts: twoNodes,
    resolve: () => ({
      resolved: true,
      targets: [
        { id: 'minion-db1', responding: true, node: 'db1' },
        { id: 'minion-db2', responding: null, node: 'db2', domain: 'rack9' },
      ],
      predictions: [
        { id: 'minion-db1', count: 2, changes: [{ name: 'redis.conf', detail: 'would be written' }] },
        { id: 'minion-db2', count: 0, changes: [], problem: 'no answer' },
      ],
    }),
    act: () =>
      ended('failed', {
        targets: [
          target('minion-db1', 'refused', 'refused (not-allowed): not in its policy'),
          target('minion-db2', 'silent', `no answer ${'x'.repeat(700)}`),
        ],
      }),
    untilMinutes: 22,
  },
  {
    name: 'orders that end in every way',
    playbook: articlePlaybook({ ladder: [{ ...quick, max: 4, everyMs: minutes(1) }, later] }),
    act: ({ attempt }) => {
      if (attempt.endsWith('.1')) return ended('failed', { neverSent: true });
      if (attempt.endsWith('.2')) return ended('failed');
      if (attempt.endsWith('.3')) return ended('unknown');
      return { ...ended('succeeded'), tookMs: minutes(4) };
    },
    untilMinutes: 24,
  },
  {
    name: 'the healer dies while an order runs',
    playbook: articlePlaybook({ ladder: [quick, later] }),
    act: (_, world) => {
      if (world.orders.length === 1) world.crash(seconds(20));
      return { ...ended('succeeded'), tookMs: seconds(40) };
    },
    untilMinutes: 16,
  },
  {
    name: 'signals open it, and a maintenance and a deploy stand beside it',
    playbook: articlePlaybook({
      open: { signals: [{ type: 'alert' }], confirm: { by: 'none' } },
      ladder: [quick, later],
    }),
    script: (world) => {
      world.at(minutes(1), () => world.input(signal('s0', { type: 'process.exit', summary: 'exited' })));
      world.at(minutes(2), () => world.input(signal('s1')));
      world.at(minutes(2.5), () => world.input(signal('s2', { data: { lag: 31 } })));
      world.at(minutes(4), () =>
        world.command({ type: 'maintenance-begin', forMs: minutes(3), reason: 'disks' }),
      );
      world.at(minutes(6), () =>
        world.command({ type: 'announce-deploy', forMs: minutes(2), what: 'app 4.2' }),
      );
      world.at(minutes(10), () => world.input(signal('s1', { status: 'resolved' })));
    },
    untilMinutes: 16,
  },
  {
    name: 'a signal that the own probe does not confirm',
    playbook: articlePlaybook({ open: { signals: [{ type: 'alert' }] } }),
    script: (world) => {
      world.at(minutes(1), () => world.input(signal('s1')));
      world.at(outageAt, () => world.heals());
      world.at(minutes(4), () => world.input(signal('s2', { node: undefined })));
    },
    untilMinutes: 9,
  },
  {
    name: 'others act, it is overloaded, and what it depends on is sick',
    playbook: articlePlaybook({ ladder: [quick, later], dependsOn: ['disk/data'] }),
    script: (world) => {
      const { agenda } = world;
      world.at(minutes(3.5), () =>
        world.input({ type: 'upstream', sick: [{ resource: 'disk/data', since: agenda.now - 30_000 }] }),
      );
      world.at(minutes(6), () => world.input({ type: 'upstream', sick: [] }));
      everyThird(minutes(1), world, minutes(6.5), (count) =>
        world.input({
          type: 'load',
          load: { at: agenda.now - 5_000, of: 'connections', utilisation: 0.7 + count / 10 },
        }),
      );
      everyThird(minutes(2), world, minutes(8), (count) => {
        const since = agenda.now - 60_000;
        const job = { what: 'salt-job', detail: `job ${count}`, targets: null, since };
        const acting = [
          { ...job, until: agenda.now + 90_000 },
          { ...job, targets: ['minion-db1'], what: 'failover', until: agenda.now + 30_000 },
        ];
        world.input({ type: 'acting', source: count % 2 === 0 ? 'salt' : 'patroni', acting });
      });
      world.at(minutes(9), () => {
        const startedAt = agenda.now - 120_000;
        const cause = { attempt: 'o.1', resource: 'redis/cache', targets: ['minion-db1'], startedAt };
        const incident = world.state.incident?.id ?? '';
        world.input({ type: 'lineage', incident, cause: { ...cause, endedAt: null } });
      });
    },
    untilMinutes: 20,
  },
  {
    name: 'only deadlines pass',
    playbook: articlePlaybook({ ladder: [quick, later] }),
    script: (world) => {
      world.at(outageAt + 1, () => world.breaks('timeout'));
      world.at(outageAt + 1, () => {
        world.probePasses = true;
      });
      world.at(minutes(6), () => {
        world.probePasses = null;
      });
      world.at(minutes(9), () => world.breaks('overloaded'));
      world.at(minutes(11), () => world.breaks('starting'));
    },
    untilMinutes: 15,
  },
  {
    name: 'it opens again and again, and then asks',
    playbook: articlePlaybook({
      ladder: [{ ...quick, afterMs: 0 }, later],
      limits: { relapseMs: 0, flappingOpenings: 2, attemptsPerDay: 3 },
    }),
    act: mends,
    script: (world) => {
      for (const at of [8, 13, 18]) world.at(minutes(at), () => world.breaks());
    },
    untilMinutes: 24,
  },
  {
    name: 'it only says what it would do, then asks, outside its hours',
    playbook: articlePlaybook({
      ladder: [
        { ...quick, autonomy: 'shadow', max: 1 },
        { ...later, onHold: 'next' },
        { ...asks, id: 'last' },
      ],
      windows: {
        timeZone: 'UTC',
        allowed: [{ days: [5], fromMinute: 8 * 60 + 12, toMinute: 8 * 60 + 16 }],
        maintenance: [{ days: [5], fromMinute: 8 * 60 + 13, toMinute: 8 * 60 + 14 }],
      },
    }),
    script: (world) => {
      world.at(minutes(7), () => {
        const alarm = { since: world.agenda.now, reason: '5 incidents', until: world.agenda.now + 60_000 };
        world.input({ type: 'fleet', fleet: { paused: null, storm: alarm, isolation: null } });
      });
      world.at(minutes(9), () => {
        const alarm = { since: world.agenda.now, reason: 'all silent', until: null };
        world.input({ type: 'fleet', fleet: { paused: null, isolation: alarm } });
      });
      world.at(minutes(11), () => world.input({ type: 'fleet', fleet: { paused: null } }));
    },
    untilMinutes: 22,
  },
  {
    name: 'the targets cannot be learnt, are none, and change',
    playbook: articlePlaybook({ ladder: [{ ...wide, max: 4 }, later], limits: wideLimits }),
    facts: twoNodes,
    resolve: (() => {
      let asked = 0;
      return () => {
        asked += 1;
        if (asked === 1) return { resolved: true, targets: [], error: 'the master is down' };
        const ids = [['minion-db1'], ['minion-db1', 'minion-db2'], [], ['minion-db2']][asked % 4] ?? [];
        return {
          resolved: asked % 5 !== 0,
          targets: ids.map((id) => ({ id, responding: asked % 3 !== 0 })),
        };
      };
    })(),
    untilMinutes: 24,
  },
  {
    name: 'its instances fall silent',
    playbook: articlePlaybook({ ladder: [quick, later] }),
    script: (world) => {
      world.at(minutes(6), () => world.applications[0]?.stop('goodbye'));
      world.at(minutes(7), () => world.applications[1]?.stop('crash'));
      world.at(minutes(8), () => world.applications[2]?.stop('crash'));
    },
    untilMinutes: 22,
  },
];

export function lived(story: Story): World {
  const { playbook, facts, act, resolve, script, untilMinutes } = story;
  const world = new World({
    playbook,
    ...(facts === undefined ? {} : { facts }),
    ...(act === undefined ? {} : { act }),
    ...(resolve === undefined ? {} : { resolve }),
  });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  script?.(world);
  if (act === undefined) world.at(minutes(untilMinutes - 3), () => world.heals());
  world.runUntil(minutes(untilMinutes));
  return world;
}
