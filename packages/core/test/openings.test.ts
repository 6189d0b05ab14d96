import { World, type WorldOptions } from '@prunella/core/simulate';
import type { FaultKind } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds, step } from './playbooks.ts';

const outageAt = minutes(5);
const everyDatabase = { select: 'expression', expression: 'db*', matcher: 'glob' } as const;

function started(options: Partial<WorldOptions> = {}, hosts = ['web1', 'web2', 'web3']): World {
  const world = new World({ playbook: articlePlaybook(), ...options });
  for (const host of hosts) world.start(host);
  return world;
}

describe('an incident', () => {
  it.each<FaultKind>(['caller', 'local'])('is never opened by %s faults', (kind) => {
    const world = started();
    world.probePasses = false;
    world.at(outageAt, () => world.breaks(kind));
    world.runUntil(minutes(60));
    expect(world.timesOf('incident-suspected')).toEqual([]);
    expect(world.orders).toEqual([]);
  });

  it('is not opened by timeouts while the own probe passes, and a person is told', () => {
    const world = started();
    world.at(outageAt, () => world.breaks('timeout'));
    world.probePasses = true;
    world.runUntil(minutes(60));
    expect(world.timesOf('incident-suspected')).toHaveLength(1);
    expect(world.timesOf('incident-opened')).toEqual([]);
    expect(world.orders).toEqual([]);
    const notified = world.commands.filter(({ command }) => command.type === 'notify');
    expect(notified).toHaveLength(1);
  });

  it('opened without confirmation by timeouts alone never leads to a restart while the probe passes', () => {
    const world = started({
      playbook: articlePlaybook({
        open: { confirm: { by: 'none' } },
        ladder: [
          { ...highstate, target: everyDatabase },
          { ...restart, target: everyDatabase },
        ],
      }),
      resolve: () => ({ resolved: true, targets: [{ id: 'minion-db1', responding: true }] }),
    });
    world.probePasses = true;
    world.at(outageAt, () => world.breaks('timeout'));
    world.runUntil(minutes(60));
    expect(world.timesOf('incident-opened')).toEqual([outageAt + seconds(120)]);
    expect(new Set(world.orders.map(({ order }) => order.step))).toEqual(new Set(['highstate']));
    expect(world.eventsOf('attempt-held').map((event) => event.hold.guardrail)).toContain('timeout-alone');
  });

  it('of timeouts alone takes twice as long to open', () => {
    const world = started();
    world.at(outageAt, () => world.breaks('timeout'));
    world.runUntil(minutes(10));
    expect(world.timesOf('incident-opened')).toEqual([outageAt + seconds(120)]);
  });

  it('needs the sick ones on two hosts, unless the playbook wrote another number', () => {
    const twoHosts = articlePlaybook({ open: { quorum: { share: 0.5, hosts: 2, hostsWritten: false } } });
    const world = started({ playbook: twoHosts }, ['web1', 'web2']);
    const broken: FaultKind = 'unreachable';
    world.start('web1', { call: () => (world.elapsed > outageAt ? broken : null) });
    world.start('web1', { call: () => (world.elapsed > outageAt ? broken : null) });
    world.probePasses = false;
    world.runUntil(minutes(20));
    expect(world.timesOf('incident-suspected')).toEqual([]);
  });

  it('of a service on one host opens, but what disrupts asks', () => {
    const twoHosts = articlePlaybook({
      open: { quorum: { share: 0.5, hosts: 2, hostsWritten: false } },
      ladder: [restart],
    });
    const world = started({ playbook: twoHosts }, ['web1', 'web1']);
    world.at(outageAt, () => world.breaks());
    world.runUntil(minutes(20));
    expect(world.timesOf('incident-opened')).toHaveLength(1);
    expect(world.orders).toEqual([]);
    expect(world.timesOf('approval-requested')).toHaveLength(1);
  });

  it('of one instance that was sick alone for long does not make every step due at once', () => {
    const world = started({}, []);
    world.start('web1', { call: () => 'unreachable' });
    world.start('web2');
    world.start('web3');
    world.probePasses = null;
    world.at(minutes(60), () => world.breaks());
    world.runUntil(minutes(60) + minutes(3));
    expect(world.timesOf('incident-opened')).toHaveLength(1);
    expect(world.orders).toEqual([]);
  });

  it('is undecided, and not opened, while more than half of the instances are silent', () => {
    const world = started({}, ['web1', 'web2', 'web3', 'web4']);
    const [first, second, third] = world.applications;
    world.at(outageAt, () => {
      for (const application of [first, second, third]) application?.stop('crash');
      world.breaks();
    });
    world.runUntil(outageAt + minutes(8));
    expect(world.timesOf('incident-opened')).toEqual([]);
  });
});

describe('what is starting', () => {
  it('is waited for and never restarted', () => {
    const world = started();
    world.at(outageAt, () => world.breaks('starting'));
    world.runUntil(minutes(60));
    expect(world.timesOf('incident-opened')).toHaveLength(1);
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-held')[0]?.hold.guardrail).toBe('starting');
  });
});

describe('a signal', () => {
  const exit = {
    id: '1',
    source: 'runner',
    type: 'process.exit',
    resource: 'rethinkdb/main',
    node: 'db1',
    status: 'firing',
    summary: 'exited with status 1',
  } as const;
  const start = step({ id: 'start', effect: 'repairs', everyMs: seconds(5) });
  const supervised = articlePlaybook({
    open: { confirm: { by: 'none' }, signals: [{ type: 'process.exit' }] },
    ladder: [start],
  });

  it('that the playbook names opens at once, without quorum, confirmation or grace', () => {
    const world = new World({ playbook: supervised });
    world.breaks();
    world.input({ type: 'signal', signal: exit });
    world.runUntil(seconds(1));
    expect(world.orders.map(({ order }) => order.step)).toEqual(['start']);
    expect(world.eventsOf('signal-received')[0]?.trigger).toEqual({ fate: 'pending' });
  });

  describe('that comes again', () => {
    const quick = { windowMs: seconds(9.5), soakMs: seconds(2), cohortShare: 0.8 };
    const restarted = () => {
      const world = new World({
        playbook: articlePlaybook({
          open: { confirm: { by: 'none' }, signals: [{ type: 'process.exit' }] },
          ladder: [{ ...start, verify: quick }],
        }),
        act: ({ targets }, mended) => {
          mended.heals();
          const each = targets.map((id) => ({
            id,
            outcome: 'succeeded' as const,
            detail: '',
            fenced: true,
          }));
          return { tookMs: 50, result: { outcome: 'succeeded', summary: 'started', targets: each } };
        },
      });
      exits(world, '1');
      return world;
    };
    const exits = (world: World, id: string) => {
      world.breaks();
      world.input({ type: 'signal', signal: { ...exit, id } });
    };

    it('calls nobody to what the probe then sees well, although nobody complained who could confirm', () => {
      const world = restarted();
      world.runUntil(seconds(12));
      expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'unverified' }]);
      expect(world.timesOf('incident-closed')).toHaveLength(1);
      const told = world.commands.flatMap(({ command }) => (command.type === 'notify' ? [command] : []));
      expect(told.filter(({ needsPerson }) => needsPerson)).toEqual([]);
      expect(told.at(-1)?.text).toContain('is well again');
    });

    it('just after the closing is not closed by a probe that passed before it', () => {
      const world = restarted();
      world.runUntil(seconds(12));
      expect(world.timesOf('incident-closed')).toHaveLength(1);
      world.probeTakesMs = seconds(3);
      exits(world, '2');
      world.runUntil(seconds(18));
      expect(world.timesOf('incident-closed')).toHaveLength(1);
      expect(world.orders).toHaveLength(2);
    });

    it('during a soak begins it anew, on probes from after it', () => {
      const world = restarted();
      world.runUntil(seconds(9));
      exits(world, '2');
      world.runUntil(seconds(14));
      expect(world.timesOf('incident-closed')).toEqual([]);
      world.runUntil(seconds(60));
      expect(world.orders).toHaveLength(2);
      expect(world.timesOf('incident-closed')).toHaveLength(1);
    });
  });

  it('that no playbook names is on the log and leads to nothing', () => {
    const world = new World({ playbook: articlePlaybook() });
    world.input({ type: 'signal', signal: exit });
    world.runUntil(minutes(10));
    expect(world.eventsOf('signal-received')[0]?.trigger.fate).toBe('rejected');
    expect(world.orders).toEqual([]);
  });

  it('joins the open incident', () => {
    const world = new World({ playbook: supervised });
    world.input({ type: 'signal', signal: exit });
    world.input({ type: 'signal', signal: { ...exit, id: '2' } });
    expect(world.eventsOf('signal-received')[1]?.trigger).toEqual({ fate: 'suppressed', why: 'joined' });
    expect(world.timesOf('incident-opened')).toHaveLength(1);
  });

  it('that asks for confirmation ends with passing probes', () => {
    const world = new World({
      playbook: articlePlaybook({ open: { signals: [{ type: 'alert*' }] } }),
    });
    world.input({ type: 'signal', signal: { ...exit, type: 'alertmanager.firing' } });
    world.runUntil(minutes(5));
    expect(world.timesOf('incident-opened')).toEqual([]);
    expect(world.timesOf('suspicion-ended')).toHaveLength(1);
  });

  it('that joins a suspicion which lasted long has its own time to be confirmed', () => {
    const world = started({
      playbook: articlePlaybook({ open: { signals: [{ type: 'alert*' }] } }),
    });
    world.probePasses = true;
    world.at(outageAt, () => world.breaks());
    world.at(outageAt + minutes(10), () => {
      world.probePasses = false;
    });
    world.at(outageAt + minutes(10) + seconds(6), () =>
      world.input({ type: 'signal', signal: { ...exit, type: 'alertmanager.firing' } }),
    );
    world.runUntil(outageAt + minutes(11));
    expect(world.timesOf('suspicion-ended')).toEqual([]);
    expect(world.timesOf('incident-opened')).toHaveLength(1);
  });

  it('that asks for confirmation opens with failing probes', () => {
    const world = new World({
      playbook: articlePlaybook({ open: { signals: [{ type: 'alert*' }] } }),
    });
    world.probePasses = false;
    world.input({ type: 'signal', signal: { ...exit, type: 'alertmanager.firing' } });
    world.runUntil(seconds(30));
    expect(world.timesOf('incident-opened')).toEqual([expect.closeTo(seconds(10), -3)]);
  });
});
