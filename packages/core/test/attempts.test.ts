import type { ActionResult, AttemptOrder } from '@prunella/core';
import { World, type WorldOptions } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);

/** What a backend's result looks like where it did something to each target. */
function result(outcome: ActionResult['outcome'], order: AttemptOrder): ActionResult {
  const each = outcome === 'unknown' ? 'unknown' : outcome;
  return {
    outcome,
    summary: outcome,
    targets: order.targets.map((id) => ({ id, outcome: each, detail: '', fenced: true })),
  };
}

/** A restart mends the database within three seconds; nothing else does. */
const restartMends: NonNullable<WorldOptions['act']> = (order, world) => {
  if (order.step === 'restart') world.at(world.elapsed + seconds(3), () => world.heals());
  return { tookMs: seconds(5), result: result('succeeded', order) };
};

function broken(options: Partial<WorldOptions> = {}): World {
  const world = new World({ playbook: articlePlaybook(), ...options });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

function asking(): World {
  return broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }) });
}

describe('a signal that opens by itself and names no node', () => {
  const onAlerts = { signals: [{ type: 'alert' }], confirm: { by: 'none' as const }, graceAfterStartMs: 0 };
  const alert = { source: 'alertmanager', type: 'alert', status: 'firing', id: '1' } as const;
  const resource = 'rethinkdb/main';
  const asked = (machine: Machine) =>
    machine.commands.flatMap((command) => (command.type === 'resolve-targets' ? [command.failing] : []));

  function signalled(): Machine {
    const ladder = [{ ...restart, afterMs: 0 }] as const;
    const machine = new Machine(articlePlaybook({ open: onAlerts, ladder }));
    machine.feed({ type: 'signal', signal: { ...alert, resource, summary: 'down' } });
    return machine;
  }

  it('is acted on as soon as a probe fails, and asks nobody for targets before', () => {
    const machine = signalled();
    expect(asked(machine)).toEqual([]);
    expect(machine.state.incident?.holds).toMatchObject([
      {
        hold: {
          guardrail: 'targets',
          reason: 'no node fails its own probe, and no signal names one; nothing is sent',
        },
      },
    ]);
    machine.now += 20;
    machine.probe({ db1: true, db2: false });
    expect(asked(machine)).toEqual([[{ node: 'db2', target: 'minion-db2' }]]);
    machine.resolve('minion-db2');
    expect(machine.state.incident?.holds).toEqual([]);
  });

  it('does not ask again and again for a node that the backend does not know', () => {
    const machine = signalled();
    machine.probe({ db1: true, db2: false });
    machine.resolve();
    machine.now += 5_000;
    machine.probe({ db1: true, db2: false });
    expect(asked(machine)).toHaveLength(1);
    expect(machine.state.incident?.holds).toMatchObject([
      { hold: { guardrail: 'targets', reason: 'the backend knows none of minion-db2; nothing is sent' } },
    ]);
  });
});

describe('one outage', () => {
  it('seen by three instances is one incident and, in flight, one attempt', () => {
    const world = broken();
    world.runUntil(outageAt + minutes(7));
    expect(world.timesOf('incident-opened')).toHaveLength(1);
    expect(world.orders).toHaveLength(1);
  });

  it('ends with the repair that the cohort and the probe confirm, and the others are told', () => {
    const world = broken({ act: restartMends });
    world.runUntil(outageAt + minutes(20));
    expect(world.eventsOf('verdict-given').map((event) => event.verdict)).toEqual([
      'ineffective',
      'effective',
    ]);
    const [highstateOrder, restartOrder] = world.orders;
    expect(highstateOrder?.order.step).toBe('highstate');
    expect(world.eventsOf('incident-closed')).toMatchObject([
      { credit: { to: 'attempt', attempt: restartOrder?.order.attempt } },
    ]);
    const told = world.commands.flatMap(({ command }) =>
      command.type === 'direct' ? [`${command.directive.directive} ${command.to}`] : [],
    );
    expect(told.at(-1)).toBe('recovered others');
    expect(world.fleet.leases.rows()).toEqual([]);
  });

  it('is verified also when the complaining instances were replaced by new ones', () => {
    const world = broken({ act: restartMends });
    world.at(outageAt + minutes(10) + seconds(1), () => {
      for (const application of world.applications.slice(0, 3)) application.stop('crash');
      for (const host of ['web4', 'web5', 'web6']) world.start(host);
    });
    world.runUntil(outageAt + minutes(20));
    expect(world.eventsOf('verdict-given').at(-1)?.verdict).toBe('effective');
    expect(world.eventsOf('incident-closed')).toHaveLength(1);
  });

  it('is unverified, and the ladder pauses, when all that complained are gone without successors', () => {
    const world = broken({ act: restartMends });
    world.at(outageAt + minutes(10) + seconds(1), () => {
      for (const application of world.applications) application.stop('goodbye');
    });
    world.runUntil(outageAt + minutes(40));
    expect(world.eventsOf('verdict-given').at(-1)?.verdict).toBe('unverified');
    expect(world.eventsOf('ladder-paused')).toHaveLength(1);
    expect(world.orders).toHaveLength(2);
  });
});

describe('an order', () => {
  it('carries exactly the resolved targets, a fence, and the times after which it is void', () => {
    const world = broken();
    world.runUntil(outageAt + minutes(6));
    const [sent] = world.orders;
    const at = (sent?.at ?? 0) + 1_800_000_000_000;
    expect(sent?.order).toMatchObject({
      targets: ['minion-db1'],
      resolved: true,
      fence: { authority: 'simulated', number: 1 },
      notAfter: at + seconds(30),
      deadlineAt: at + seconds(90),
    });
  });

  it('that failed at every target is ineffective at once and is never counted as a repair', () => {
    const world = broken({
      act: (order) => ({ tookMs: seconds(1), result: result('failed', order) }),
    });
    world.runUntil(outageAt + minutes(6));
    expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'ineffective' }]);
  });

  it('that failed at one target, while of the other nothing is known, is verified like any other', () => {
    const nodes = ['db1', 'db2'].map((name) => ({ name, target: `minion-${name}` }));
    const world = broken({
      playbook: articlePlaybook({ limits: { blastRadiusNodes: 2 } }),
      facts: { resource: 'rethinkdb/main', nodes, labels: {} },
      act: () => ({
        tookMs: seconds(5),
        result: {
          outcome: 'failed',
          summary: 'failed',
          targets: [
            { id: 'minion-db1', outcome: 'failed', detail: '', fenced: true },
            { id: 'minion-db2', outcome: 'unknown', detail: '', fenced: true },
          ],
        },
      }),
    });
    world.runUntil(outageAt + minutes(6));
    expect(world.eventsOf('verdict-given')).toEqual([]);
    world.runUntil(outageAt + minutes(8));
    expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'ineffective' }]);
  });

  it('that ended while the healer was away is judged only after a whole window of looking', () => {
    const world = broken({
      act: () => ({ tookMs: minutes(30), result: { outcome: 'unknown', summary: 'lost', targets: [] } }),
    });
    const backAt = outageAt + minutes(12);
    world.at(outageAt + minutes(5) + seconds(10), () => world.crash(backAt - world.elapsed));
    world.runUntil(outageAt + minutes(25));
    const [endedAt] = world.timesOf('attempt-ended');
    const [judgedAt] = world.timesOf('verdict-given');
    expect(endedAt).toBeGreaterThan(backAt);
    expect((judgedAt ?? 0) - (endedAt ?? 0)).toBeGreaterThanOrEqual(highstate.verify.windowMs);
  });

  it('of unknown outcome keeps its targets until its deadline, then is verified like any other', () => {
    const world = broken({
      act: (order) => ({ tookMs: seconds(1), result: result('unknown', order) }),
    });
    world.runUntil(outageAt + minutes(5) + seconds(80));
    expect(world.fleet.leases.rows()).toHaveLength(1);
    expect(world.timesOf('verdict-given')).toEqual([]);
    world.runUntil(outageAt + minutes(9));
    // 90 s of deadline and 2 min of window after the start.
    expect(world.timesOf('verdict-given')).toEqual([expect.closeTo(outageAt + seconds(300 + 90 + 120), -3)]);
    world.runUntil(outageAt + minutes(11));
    expect(world.orders.map(({ order }) => order.step)).toEqual(['highstate', 'restart']);
  });

  it('whose result never comes is of unknown outcome after its deadline', () => {
    const world = broken({
      act: (order) => ({ tookMs: minutes(600), result: result('succeeded', order) }),
    });
    world.runUntil(outageAt + minutes(8));
    expect(world.eventsOf('attempt-ended')).toMatchObject([{ result: { outcome: 'unknown' } }]);
  });

  it('that provably was never sent is no run and is tried again later', () => {
    let calls = 0;
    const world = broken({
      act: (order) => {
        calls += 1;
        return calls === 1
          ? {
              tookMs: 50,
              result: { outcome: 'failed', summary: 'master down', targets: [], neverSent: true },
            }
          : { tookMs: 50, result: result('succeeded', order) };
      },
    });
    world.runUntil(outageAt + minutes(6));
    expect(world.orders.map(({ order }) => order.step)).toEqual(['highstate', 'highstate']);
    expect(world.eventsOf('attempt-intended').map((event) => event.run)).toEqual([1, 1]);
    expect(world.orders[1]?.at).toBeGreaterThanOrEqual((world.orders[0]?.at ?? 0) + seconds(30));
  });

  it('is sent also where the resource is stalled and each probe takes its whole time', () => {
    const confirm = { by: 'probe', failures: 3, everyMs: seconds(10), timeoutMs: seconds(8) } as const;
    const world = broken({ playbook: articlePlaybook({ open: { confirm } }) });
    world.probeTakesMs = seconds(8);
    world.runUntil(outageAt + minutes(6));
    expect(world.orders).toHaveLength(1);
  });

  it('is not sent to an empty set of targets', () => {
    const world = broken({ resolve: () => ({ resolved: true, targets: [] }) });
    world.runUntil(outageAt + minutes(30));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-held')[0]?.hold.guardrail).toBe('targets');
  });

  it('is not sent where the targets cannot be resolved', () => {
    const world = broken({ resolve: () => ({ resolved: false, targets: [], error: 'master down' }) });
    world.runUntil(outageAt + minutes(8));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-held')[0]?.hold.reason).toContain('master down');
  });

  it("that disrupts waits while the failing node's own minion is silent", () => {
    const world = broken({
      playbook: articlePlaybook({ ladder: [restart] }),
      resolve: ({ failing }) => ({
        resolved: true,
        targets: failing.map(({ target, node }) => ({ id: target, node, responding: false })),
      }),
    });
    world.runUntil(outageAt + minutes(15));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-held')[0]?.hold.guardrail).toBe('target-silent');
  });
});

describe('a step that others need not wait for', () => {
  /** The minion of the failing node is silent; somebody else can be told. */
  const withSilentMinion = (onHold: 'wait' | 'next') =>
    broken({
      playbook: articlePlaybook({
        ladder: [
          { ...highstate, onHold },
          { ...restart, target: { select: 'expression', expression: 'spare', matcher: 'list' } },
        ],
      }),
      resolve: ({ action }) => ({
        resolved: true,
        targets:
          action === restart.action
            ? [{ id: 'spare', responding: true }]
            : [{ id: 'minion-db1', responding: false }],
      }),
    });

  it('stands aside also where only its targets show that it is held', () => {
    const world = withSilentMinion('next');
    world.runUntil(outageAt + minutes(9));
    expect(world.state.incident?.attempt).toMatchObject({ step: 'highstate', phase: 'resolving' });
    world.runUntil(outageAt + minutes(14));
    expect(world.orders.map(({ at, order }) => [order.step, Math.round((at - outageAt) / 60_000)])).toEqual([
      ['restart', 10],
    ]);
    expect(world.timesOf('attempt-withdrawn')).toEqual([outageAt + minutes(10)]);
  });

  it('keeps its place where the playbook does not say so', () => {
    const world = withSilentMinion('wait');
    world.runUntil(outageAt + minutes(14));
    expect(world.orders).toEqual([]);
    expect(world.timesOf('attempt-proposed')).toHaveLength(1);
  });
});

describe('approval', () => {
  it('is asked for, and what was approved runs after a fresh look', () => {
    const world = asking();
    world.runUntil(outageAt + minutes(6));
    expect(world.orders).toEqual([]);
    const [proposed] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: proposed?.attempt ?? '' });
    world.runUntil(outageAt + minutes(7));
    expect(world.orders).toHaveLength(1);
  });

  it('not given in time is a no', () => {
    const world = asking();
    world.runUntil(outageAt + minutes(40));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('approval-denied')).toMatchObject([{ by: 'nobody' }]);
    expect(world.eventsOf('incident-exhausted')).toHaveLength(1);
  });

  it('is void when the resource recovered before it was given', () => {
    const world = asking();
    world.runUntil(outageAt + minutes(6));
    world.heals();
    world.runUntil(outageAt + minutes(6) + seconds(6));
    const [proposed] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: proposed?.attempt ?? '' });
    world.runUntil(outageAt + minutes(10));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-withdrawn')).toHaveLength(1);
    expect(world.eventsOf('incident-closed')).toMatchObject([{ credit: { to: 'itself' } }]);
  });

  it('is void when it no longer means the same targets', () => {
    let target = 'minion-db1';
    const world = broken({
      playbook: articlePlaybook({
        ladder: [
          {
            ...highstate,
            autonomy: 'ask',
            target: { select: 'expression', expression: 'db*', matcher: 'glob' },
          },
        ],
      }),
      resolve: () => ({ resolved: true, targets: [{ id: target, responding: true }] }),
    });
    world.runUntil(outageAt + minutes(6));
    target = 'minion-db2';
    const [proposed] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: proposed?.attempt ?? '' });
    world.runUntil(outageAt + minutes(7));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-withdrawn')[0]?.reason).toContain('targets changed');
    // A new one, for the new targets, is asked for.
    expect(world.eventsOf('approval-requested')).toHaveLength(2);
  });

  it('of an attempt that does not wait is refused with the reason', () => {
    const world = broken();
    world.runUntil(outageAt + minutes(6));
    world.command({ type: 'approve', attempt: 'no-such' });
    expect(world.eventsOf('operator-commanded')[0]?.trigger.fate).toBe('rejected');
  });

  it('can be given also where it became needed only after the attempt was proposed', () => {
    const twoHosts = { share: 0.5, hosts: 2, hostsWritten: false } as const;
    const world = new World({ playbook: articlePlaybook({ open: { quorum: twoHosts }, ladder: [restart] }) });
    const [, other] = [world.start('web1'), world.start('web2')];
    world.at(outageAt, () => world.breaks());
    const dueAt = outageAt + restart.afterMs;
    world.at(dueAt - seconds(10), () => {
      world.probeAnswers = false;
    });
    world.at(dueAt + seconds(10), () => {
      other.stop('goodbye');
      world.probeAnswers = true;
    });
    world.runUntil(dueAt + minutes(1));
    expect(world.orders).toEqual([]);
    const [asked] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: asked?.attempt ?? '' });
    world.runUntil(dueAt + minutes(2));
    expect(world.orders).toHaveLength(1);
  });

  it('is nothing that shadow asks for: it says what it would do, at its times', () => {
    const world = broken({
      playbook: articlePlaybook({
        ladder: [
          { ...highstate, autonomy: 'shadow' },
          { ...restart, autonomy: 'shadow' },
        ],
      }),
    });
    world.runUntil(outageAt + minutes(16));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('attempt-shadowed').map((event) => event.step)).toEqual([
      'highstate',
      'restart',
      'highstate',
    ]);
  });
});

describe('the kill switch', () => {
  it('thrown between approval and dispatch holds the attempt until it is lifted', () => {
    const world = asking();
    world.runUntil(outageAt + minutes(6));
    const [proposed] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: proposed?.attempt ?? '' });
    world.tellFleet({ type: 'pause', by: 'ada', reason: 'hands on' });
    world.runUntil(outageAt + minutes(9));
    expect(world.orders).toEqual([]);
    world.tellFleet({ type: 'resume', by: 'ada' });
    world.runUntil(outageAt + minutes(10));
    expect(world.orders).toHaveLength(1);
  });

  it('asks for what runs to be cancelled, and starts nothing more', () => {
    const world = broken({
      act: (order) => ({ tookMs: seconds(60), result: result('succeeded', order) }),
    });
    world.runUntil(outageAt + minutes(5) + seconds(5));
    world.tellFleet({ type: 'pause', by: 'ada', reason: 'hands on' });
    world.runUntil(outageAt + minutes(30));
    expect(world.commands.filter(({ command }) => command.type === 'cancel')).toHaveLength(1);
    expect(world.orders).toHaveLength(1);
  });
});
