import { type ActingElsewhere, explain } from '@prunella/core';
import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);
const { action } = restart;

/** The article's ladder, whose first step is due at five minutes into the outage. */
function broken(playbook = articlePlaybook(), nodes = ['db1'], at = outageAt): World {
  const declared = nodes.map((name) => ({ name, target: `minion-${name}` }));
  const world = new World({ playbook, facts: { resource: playbook.for, nodes: declared, labels: {} } });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(at, () => world.breaks());
  return world;
}

const heldBy = (world: World) => [
  ...new Set(world.eventsOf('attempt-held').map(({ hold }) => hold.guardrail)),
];
const explained = (world: World) =>
  explain(world.state, world.playbook, world.facts, world.state.fleet, world.agenda.now);
const sentAfter = (world: World) => world.orders.map(({ at }) => Math.round((at - outageAt) / 60_000));
const lastNote = (world: World) => world.eventsOf('operator-commanded').at(-1)?.note;

describe('an incident that a person has claimed', () => {
  it('is left alone until it is released, by whomever', () => {
    const world = broken();
    world.at(outageAt + minutes(3), () => world.command({ type: 'claim', reason: 'I see to the disks' }));
    world.at(outageAt + minutes(8), () => world.command({ type: 'release' }));
    world.runUntil(outageAt + minutes(7));
    expect(explained(world).reason).toContain('claimed by ada');
    expect(explained(world).remedies).toContain(`prunella release ${world.state.incident?.id}`);
    world.runUntil(outageAt + minutes(9));
    expect(heldBy(world)).toEqual(['somebody-else']);
    expect(sentAfter(world)).toEqual([8]);
  });

  it('is released before anything runs, also where a question waits', () => {
    const asking = articlePlaybook();
    const [apply, ...stronger] = asking.ladder;
    const world = broken({ ...asking, ladder: [{ ...apply, autonomy: 'ask' }, ...stronger] });
    world.at(outageAt + minutes(6), () => world.command({ type: 'claim', reason: 'I see to the disks' }));
    world.runUntil(outageAt + minutes(7));
    const release = `prunella release ${world.state.incident?.id}`;
    expect(explained(world).next.what).toContain(`also approved it does not run until \`${release}\``);
    expect(explained(world).remedies).toEqual([
      expect.stringContaining('prunella approve'),
      expect.stringContaining('prunella reject'),
      release,
    ]);
  });

  it('is not claimed by a second one, and where nothing is open there is nothing to claim', () => {
    const world = broken();
    world.command({ type: 'claim', reason: '' });
    expect(lastNote(world)).toBe('no incident of rethinkdb/main is open');
    world.runUntil(outageAt + minutes(3));
    world.command({ type: 'claim', reason: '' });
    world.input({
      type: 'operator',
      command: { id: 'c9', by: 'bob', command: { type: 'claim', reason: '' } },
    });
    expect(lastNote(world)).toContain('claimed by ada already');
  });
});

describe('maintenance', () => {
  it('holds every attempt until its end, and the incident shows why nothing was wanted', () => {
    const world = broken();
    world.at(outageAt - minutes(1), () =>
      world.command({ type: 'maintenance-begin', forMs: minutes(10), reason: 'new disks' }),
    );
    world.runUntil(outageAt + minutes(8));
    expect(world.orders).toEqual([]);
    expect(explained(world).reason).toContain('in maintenance by ada');
    world.at(outageAt + minutes(8), () => world.heals());
    world.runUntil(outageAt + minutes(20));
    expect(world.eventsOf('incident-closed')).toMatchObject([{ suppressed: 'maintenance' }]);
  });

  it('ends by itself, and what is still broken is then repaired', () => {
    const world = broken();
    world.at(outageAt, () => world.command({ type: 'maintenance-begin', forMs: minutes(7), reason: '' }));
    world.runUntil(outageAt + minutes(8));
    expect(sentAfter(world)).toEqual([7]);
  });

  it('can be ended before, and lasts a bounded time', () => {
    const world = broken();
    world.command({ type: 'maintenance-begin', forMs: minutes(60 * 24 * 31), reason: '' });
    expect(lastNote(world)).toBe('maintenance lasts 1 min to 30 days');
    world.command({ type: 'maintenance-end' });
    expect(lastNote(world)).toContain('in no maintenance');
    world.command({ type: 'maintenance-begin', forMs: minutes(60), reason: '' });
    world.at(outageAt + minutes(6), () => world.command({ type: 'maintenance-end' }));
    world.runUntil(outageAt + minutes(7));
    expect(sentAfter(world)).toEqual([6]);
  });
});

describe('an announced deploy', () => {
  it('is waited for, and then for the grace that the playbook gives it', () => {
    const world = broken();
    world.at(outageAt + minutes(4), () =>
      world.command({ type: 'announce-deploy', forMs: minutes(2), what: 'actioner 4.2' }),
    );
    world.runUntil(outageAt + minutes(9));
    expect(heldBy(world)).toEqual(['somebody-else', 'grace']);
    expect(sentAfter(world)).toEqual([8]);
  });
});

describe('a drill', () => {
  it('holds nothing, and whoever is woken reads at once that it was one', () => {
    const world = broken();
    world.at(outageAt - seconds(5), () => world.command({ type: 'announce-drill', drill: 'kill-database' }));
    world.runUntil(outageAt + minutes(9));
    const [opened] = world.eventsOf('incident-opened');
    expect(opened?.reason).toMatch(/, (6\d|7\d) s after ada began the drill kill-database$/);
    expect(world.eventsOf('attempt-held')).toEqual([]);
    expect(sentAfter(world)).toEqual([5]);
  });

  it('of half an hour ago is not told as the cause', () => {
    const world = broken(articlePlaybook(), ['db1'], minutes(35));
    world.at(minutes(5), () => world.command({ type: 'announce-drill', drill: 'kill-database' }));
    world.runUntil(minutes(40));
    expect(world.eventsOf('incident-opened').map(({ reason }) => reason)).toEqual([
      expect.not.stringContaining('drill'),
    ]);
  });
});

describe('another actor', () => {
  it('that is at work is waited for, and not believed in for ever', () => {
    const world = broken();
    world.at(outageAt + minutes(4), () =>
      world.input({
        type: 'acting',
        source: 'patroni',
        acting: [
          {
            what: 'failover',
            detail: 'Patroni promotes db2',
            targets: ['minion-db1'],
            since: world.agenda.now,
            until: world.agenda.now + minutes(3),
          },
        ],
      }),
    );
    world.runUntil(outageAt + minutes(6));
    expect(explained(world).next.what).toContain('failover on minion-db1');
    world.runUntil(outageAt + minutes(8));
    expect(sentAfter(world)).toEqual([7]);
  });

  it('is forgotten as soon as its source says that it is done', () => {
    const world = broken();
    const acting = { what: 'highstate', detail: 'job 1', targets: null, since: 0, until: Number.MAX_VALUE };
    world.at(outageAt + minutes(4), () => world.input({ type: 'acting', source: 'salt', acting: [acting] }));
    world.at(outageAt + minutes(6), () => world.input({ type: 'acting', source: 'salt', acting: [] }));
    world.runUntil(outageAt + minutes(7));
    expect(sentAfter(world)).toEqual([6]);
  });

  it('is forgotten so, too, where its targets are those of an attempt that is proposed already', () => {
    const world = broken(articlePlaybook(), ['db1', 'db2']);
    const targets = ['minion-db1'];
    const acting = { what: 'salt-job', detail: 'job 1', targets, since: 0, until: Number.MAX_VALUE };
    // Not every node is taken, so the step is proposed, and only then is it known whom it would touch.
    world.at(outageAt + minutes(4), () => world.input({ type: 'acting', source: 'salt', acting: [acting] }));
    world.at(outageAt + minutes(7), () => world.input({ type: 'acting', source: 'salt', acting: [] }));
    world.runUntil(outageAt + minutes(6));
    expect(world.state.incident?.attempt?.targets?.ids).toEqual(targets);
    world.runUntil(outageAt + minutes(8));
    expect(sentAfter(world)).toEqual([7]);
  });
});

describe('what ends before its time', () => {
  const acting = {
    what: 'highstate',
    detail: 'job 1',
    targets: ['minion-db1'],
    since: 0,
    until: Number.MAX_VALUE,
  };
  const twoNodes = {
    resource: 'rethinkdb/main',
    nodes: [
      { name: 'db1', target: 'minion-db1' },
      { name: 'db2', target: 'minion-db2' },
    ],
    labels: {},
  };

  it("lets an attempt go on that was held by it when its targets became known: another's job", () => {
    const world = new World({ playbook: articlePlaybook(), facts: twoNodes });
    for (const host of ['web1', 'web2', 'web3']) world.start(host);
    world.at(outageAt, () => world.breaks());
    world.at(outageAt + minutes(4), () => world.input({ type: 'acting', source: 'salt', acting: [acting] }));
    world.at(outageAt + minutes(8), () => world.input({ type: 'acting', source: 'salt', acting: [] }));
    world.runUntil(outageAt + minutes(7));
    expect(explained(world).next.what).toContain('highstate on minion-db1');
    world.runUntil(outageAt + minutes(9));
    expect(sentAfter(world)).toEqual([8]);
  });

  it('lets an attempt go on that was being resolved when it began: maintenance', () => {
    const world = broken();
    const beganAt = outageAt + minutes(5) + 10;
    world.at(beganAt, () => world.command({ type: 'maintenance-begin', forMs: minutes(60), reason: '' }));
    world.at(outageAt + minutes(8), () => world.command({ type: 'maintenance-end' }));
    world.runUntil(outageAt + minutes(9));
    expect(world.timesOf('attempt-proposed')).toEqual([outageAt + minutes(5)]);
    expect(sentAfter(world)).toEqual([8]);
  });
});

describe('an attempt that waits for a target which another has', () => {
  const open = { signals: [{ type: 'alert' }], confirm: { by: 'none' }, graceAfterStartMs: 0 } as const;
  const ladder = [{ ...restart, afterMs: 0 }] as const;
  const job = { what: 'highstate', detail: 'job 1', targets: ['minion-db2'], since: 0 };

  function waiting(): Machine {
    const machine = new Machine(articlePlaybook({ open, ladder }));
    machine.alert();
    machine.resolve('minion-db2');
    const hold = { guardrail: 'one-in-flight', reason: 'held', remedy: 'wait' } as const;
    const until = machine.now + minutes(1);
    machine.feed({
      type: 'permit',
      attempt: machine.attempt,
      decision: { type: 'held', hold: { ...hold, until } },
    });
    return machine;
  }
  const asksWhom = (machine: Machine, acting: readonly ActingElsewhere[]) => {
    machine.now += 10_000;
    const { commands } = machine.feed({ type: 'acting', source: 'salt', acting });
    return commands.some(({ type }) => type === 'resolve-targets');
  };

  it('does not look again because its source says once more what is known', () => {
    const machine = waiting();
    expect(asksWhom(machine, [])).toBe(false);
    asksWhom(machine, [{ ...job, until: machine.now + minutes(1) }]);
    expect(asksWhom(machine, [{ ...job, until: machine.now + minutes(2) }])).toBe(false);
    expect(machine.state.around?.acting?.[0]?.acting[0]?.until).toBe(machine.now - 10_000 + minutes(2));
  });

  const givesBack = (machine: Machine) => {
    const { commands } = machine.feed({ type: 'unlocked', attempt: machine.attempt });
    return commands.filter(({ type }) => type === 'release-permit');
  };

  it('takes its turn', () => {
    const machine = waiting();
    expect(givesBack(machine)).toEqual([]);
    expect(machine.state.incident?.attempt?.phase).toBe('awaiting-permit');
  });

  it('lets the next one have its turn where a person has claimed it meanwhile', () => {
    const machine = waiting();
    machine.command({ type: 'claim', reason: 'I see to it' });
    expect(givesBack(machine)).toMatchObject([{ attempt: machine.attempt, turn: true }]);
  });

  it('looks again as soon as what it heard of is over', () => {
    const machine = waiting();
    asksWhom(machine, [{ ...job, until: machine.now + minutes(1) }]);
    expect(asksWhom(machine, [])).toBe(true);
  });
});

describe('what our own attempt made', () => {
  it('is not repaired at once: a signal that names it opens an incident that waits and then asks', () => {
    const playbook = articlePlaybook({
      open: { signals: [{ type: 'alert' }], confirm: { by: 'none' }, graceAfterStartMs: 0 },
      ladder: [{ ...restart, afterMs: 0 }],
    });
    const world = new World({ playbook });
    world.breaks();
    world.input({
      type: 'signal',
      signal: {
        id: '1',
        source: 'alertmanager',
        type: 'alert',
        resource: world.resource,
        node: 'db1',
        status: 'firing',
        summary: 'down',
        data: { attempt: 'redis~cache.mf1x2abc.3' },
      },
    });
    world.runUntil(minutes(6));
    expect(world.orders).toEqual([]);
    expect(heldBy(world)).toEqual(['lineage', 'approval']);
    expect(explained(world).next.what).toContain(action);
  });
});

describe('a load figure', () => {
  it('makes missed deadlines an overload, which no restart mends', () => {
    const world = new World({ playbook: articlePlaybook({ ladder: [{ ...restart, afterMs: minutes(3) }] }) });
    for (const host of ['web1', 'web2', 'web3']) world.start(host);
    world.at(outageAt, () => world.breaks('timeout'));
    for (let minute = 0; minute < 12; minute += 0.5) {
      world.at(outageAt + minutes(minute), () =>
        world.input({
          type: 'load',
          load: { at: world.agenda.now, of: 'connections', utilisation: minute < 6 ? 1.2 : 0.3 },
        }),
      );
    }
    world.runUntil(outageAt + minutes(5) + seconds(50));
    expect(heldBy(world)).toEqual(['overload']);
    expect(world.orders).toEqual([]);
    world.runUntil(outageAt + minutes(7));
    expect(sentAfter(world)).toEqual([6]);
  });
});
