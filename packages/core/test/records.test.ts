import { type ActionResult, effectiveness, explain, type Playbook, renderExplanation } from '@prunella/core';
import { World, type WorldOptions, worldBegan } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);
const done: ActionResult = { outcome: 'succeeded', summary: 'done', targets: [] };

const mends: NonNullable<WorldOptions['act']> = (_, world) => {
  world.at(world.elapsed + seconds(3), () => world.heals());
  return { tookMs: seconds(5), result: done };
};

function broken(options: Partial<WorldOptions> & { readonly playbook: Playbook }): World {
  const world = new World(options);
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

const one = (change: Partial<typeof restart> = {}) =>
  articlePlaybook({ ladder: [{ ...restart, afterMs: minutes(2), ...change }] });
const recordOf = (world: World, step = 'restart') =>
  world.state.records?.find((record) => record.step === step);

describe('the record of a step', () => {
  it('counts its runs, their verdicts, and the recoveries that are owed to it', () => {
    const world = broken({
      playbook: articlePlaybook(),
      act: (order, at) => (order.step === 'restart' ? mends(order, at) : { tookMs: 100, result: done }),
    });
    world.runUntil(outageAt + minutes(20));
    expect(recordOf(world, 'highstate')).toMatchObject({
      decisions: 1,
      runs: 1,
      ineffective: 1,
      credited: 0,
    });
    expect(recordOf(world)).toMatchObject({ decisions: 1, runs: 1, effective: 1, credited: 1, harmful: 0 });
    expect(recordOf(world)?.recent).toMatchObject([{ verdict: 'effective' }]);
  });

  it('counts no order that provably was never sent: nobody learns anything from it', () => {
    const unsent: ActionResult = { outcome: 'failed', summary: 'no login', targets: [], neverSent: true };
    const world = broken({ playbook: one(), act: () => ({ tookMs: 100, result: unsent }) });
    world.runUntil(outageAt + minutes(10));
    expect(world.orders.length).toBeGreaterThan(2);
    expect(recordOf(world)).toMatchObject({ decisions: 0, runs: 0 });
    const log = world.events.map(({ at, event }, sequence) => ({
      sequence,
      at: worldBegan + at,
      resource: world.resource,
      incident: null,
      event,
    }));
    expect(effectiveness(log).get(world.resource)).toEqual(world.state.records);
  });

  it('says of no more decisions than there were that the resource recovered first', () => {
    const world = broken({ playbook: articlePlaybook() });
    world.at(outageAt + minutes(5) - 15, () => world.heals());
    world.runUntil(outageAt + minutes(20));
    expect(world.eventsOf('attempt-withdrawn')).toMatchObject([{ recovered: true }]);
    expect(recordOf(world, 'highstate') ?? { decisions: 0, recoveredFirst: 0 }).toMatchObject({
      decisions: 0,
      recoveredFirst: 0,
    });
  });

  it('is kept over incidents, counts the relapse, and is told', () => {
    const world = broken({ playbook: one(), act: mends });
    world.at(outageAt + minutes(12), () => world.breaks());
    world.runUntil(outageAt + minutes(16));
    expect(recordOf(world)).toMatchObject({ runs: 2, credited: 2, relapsed: 1 });
    const { now } = world.agenda;
    const text = renderExplanation(
      explain(world.state, world.playbook, world.facts, world.state.fleet, now),
      now,
    );
    expect(text).toMatch(/Record: restart helped \d of 2 times in .*1 of 2 relapsed/);
  });

  it('counts what recovered by itself while a person was asked, and how people answered', () => {
    const world = broken({ playbook: one({ autonomy: 'ask' }) });
    world.at(outageAt + minutes(4), () => world.heals());
    world.at(outageAt + minutes(60), () => world.breaks());
    world.at(outageAt + minutes(64), () => {
      const attempt = world.state.incident?.attempt?.id ?? '';
      world.command({ type: 'reject', attempt, reason: 'not now' });
    });
    world.runUntil(outageAt + minutes(66));
    expect(recordOf(world)).toMatchObject({
      decisions: 2,
      recoveredFirst: 1,
      disagreed: 1,
      agreed: 0,
      runs: 0,
    });
  });

  it('counts a step in shadow as needless where the resource recovers by itself', () => {
    const world = broken({ playbook: one({ autonomy: 'shadow', max: 1 }) });
    world.at(outageAt + minutes(4), () => world.heals());
    world.runUntil(outageAt + minutes(10));
    expect(recordOf(world)).toMatchObject({ decisions: 1, recoveredFirst: 1, runs: 0 });
  });
});

const two = {
  resource: 'rethinkdb/main',
  nodes: [
    { name: 'db1', target: 'minion-db1' },
    { name: 'db2', target: 'minion-db2' },
  ],
  labels: {},
};

/** A world whose probes are scripted: db1 fails; db2 passes until something breaks it. */
function cluster(playbook: Playbook): { world: World; break2: () => void } {
  let second = true;
  const world = broken({
    playbook,
    facts: two,
    act: () => ({ tookMs: seconds(5), result: done }),
  });
  world.probeAnswers = false;
  const probe = () => {
    for (const [node, passed] of [
      ['db1', false],
      ['db2', second],
    ] as const) {
      const at = world.agenda.now;
      const detail = passed ? 'answered' : 'refused';
      const result = { resource: world.resource, node, passed, beganAt: at, endedAt: at, detail };
      world.input({ type: 'probe', result });
    }
  };
  for (let at = outageAt; at < outageAt + minutes(90); at += seconds(4)) world.at(at, probe);
  return {
    world,
    break2: () => {
      second = false;
    },
  };
}

describe('a harmful attempt', () => {
  it('is one after which a node that served does not; its step asks until a person lifts that', () => {
    const { world, break2 } = cluster(one({ max: 5, everyMs: minutes(4) }));
    world.at(outageAt + minutes(2) + seconds(10), break2);
    world.runUntil(outageAt + minutes(6));
    expect(world.eventsOf('attempt-harmful')).toMatchObject([
      { step: 'restart', reason: 'db2 served before it and did not after it' },
    ]);
    expect(recordOf(world)).toMatchObject({
      harmful: 1,
      demoted: { attempt: world.orders[0]?.order.attempt },
    });
    world.runUntil(outageAt + minutes(7));
    expect(world.state.incident?.attempt?.phase).toBe('awaiting-approval');
    expect(world.eventsOf('approval-requested')).toHaveLength(1);
    const explained = explain(world.state, world.playbook, two, world.state.fleet, world.agenda.now);
    expect(explained.remedies).toContain('prunella autonomy lift rethinkdb/main restart');

    world.command({ type: 'lift-demotion', step: 'restart' });
    expect(recordOf(world)).toMatchObject({ harmful: 1, demoted: null });
    world.command({ type: 'lift-demotion', step: 'restart' });
    expect(world.eventsOf('operator-commanded').at(-1)?.trigger.fate).toBe('rejected');
  });

  it('is not one that merely did not help', () => {
    const { world } = cluster(one());
    world.runUntil(outageAt + minutes(6));
    expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'ineffective' }]);
    expect(world.eventsOf('attempt-harmful')).toEqual([]);
  });

  it('is one that a person, or the fleet, says did harm; each only once', () => {
    const world = broken({ playbook: one(), act: mends });
    world.runUntil(outageAt + minutes(10));
    const attempt = world.orders[0]?.order.attempt ?? '';
    world.command({ type: 'judge-harmful', attempt, reason: 'it lost writes' });
    world.input({ type: 'harm', attempt, reason: 'redis/cache broke on minion-db1' });
    expect(world.eventsOf('attempt-harmful')).toMatchObject([{ reason: 'ada says so: it lost writes' }]);
    expect(recordOf(world)?.demoted).not.toBeNull();
    world.command({ type: 'judge-harmful', attempt: 'nobody.1', reason: '' });
    expect(world.eventsOf('operator-commanded').at(-1)?.note).toContain('no attempt nobody.1');
  });
});

describe('the log alone', () => {
  it('gives the same records as the machine keeps', () => {
    const world = broken({ playbook: articlePlaybook(), act: mends });
    world.at(outageAt + minutes(12), () => world.breaks());
    world.at(outageAt + minutes(90), () => world.breaks());
    world.runUntil(outageAt + minutes(120));
    const log = world.events.map(({ at, event }, index) => ({
      sequence: index + 1,
      at: worldBegan + at,
      resource: world.resource,
      incident: null,
      event,
    }));
    expect(world.state.records?.length).toBeGreaterThan(0);
    expect(effectiveness(log).get(world.resource)).toEqual(world.state.records);
  });
});

describe('a step that did not help three times in a row', () => {
  it('asks the next time, also in another incident', () => {
    const playbook = articlePlaybook({
      ladder: [{ ...highstate, afterMs: minutes(2), everyMs: minutes(4), max: 3 }],
      limits: { attemptsPerDay: 100 },
    });
    const world = broken({ playbook });
    world.at(outageAt + minutes(20), () => world.heals());
    world.at(outageAt + minutes(70), () => world.breaks());
    world.runUntil(outageAt + minutes(75));
    expect(recordOf(world, 'highstate')).toMatchObject({ ineffective: 3 });
    expect(world.orders).toHaveLength(3);
    expect(world.eventsOf('attempt-held').at(-1)?.hold.reason).toContain('did not help');
  });
});
