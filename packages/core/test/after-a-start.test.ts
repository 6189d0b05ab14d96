import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const onAlerts = { signals: [{ type: 'alert' }], graceAfterStartMs: 0 };
const sickDb2 = { db1: true, db2: false };

/** An alert that three probes of `db2` have confirmed. */
function opened(ladder: Parameters<typeof articlePlaybook>[0]): Machine {
  const machine = new Machine(articlePlaybook({ open: onAlerts, ...ladder }));
  machine.alert();
  machine.probeFor(seconds(20), sickDb2);
  machine.resolve('minion-db2');
  return machine;
}

describe('a signal that was acknowledged before the healer ended', () => {
  it('has the whole of its time to be confirmed after the start, however long nobody looked', () => {
    const world = new World({ playbook: articlePlaybook({ open: onAlerts }) });
    world.at(minutes(5), () => {
      world.breaks();
      world.input({
        type: 'signal',
        signal: {
          id: '1',
          source: 'alertmanager',
          type: 'alert',
          resource: world.resource,
          status: 'firing',
          summary: 'down',
        },
      });
    });
    world.at(minutes(5) + 5, () => world.crash(minutes(10)));
    world.runUntil(minutes(20));
    expect(world.timesOf('suspicion-ended')).toEqual([]);
    expect(world.timesOf('incident-opened')).toHaveLength(1);
  });
});

describe('what was approved before the healer ended', () => {
  it('is not void because the healthy node answers the probe before the failing one', () => {
    const machine = opened({ ladder: [{ ...highstate, afterMs: 0, autonomy: 'ask' }] });
    const approved = machine.attempt;
    machine.command({ type: 'approve', attempt: approved });
    machine.now += seconds(1);
    machine.feed({ type: 'healer-started' });
    machine.now += seconds(1);
    machine.probe({ db1: true });
    expect(machine.eventsOf('attempt-withdrawn')).toEqual([]);
    expect(machine.commands.some(({ type }) => type === 'dispatch')).toBe(false);
    machine.now += seconds(2);
    machine.probe(sickDb2);
    machine.resolve('minion-db2');
    machine.grant();
    expect(machine.eventsOf('attempt-intended')).toMatchObject([{ attempt: approved }]);
  });

  it('is void as soon as the probes of all nodes that it means pass', () => {
    const machine = opened({ ladder: [{ ...highstate, afterMs: 0, autonomy: 'ask' }] });
    machine.command({ type: 'approve', attempt: machine.attempt });
    machine.feed({ type: 'healer-started' });
    machine.now += seconds(1);
    machine.probe({ db1: true, db2: true });
    expect(machine.eventsOf('attempt-withdrawn')).toMatchObject([{ recovered: true }]);
  });
});

describe('an order whose end the healer learns of only after it looked for it', () => {
  it('is judged after a whole window, although its deadline is long past', () => {
    const machine = opened({ ladder: [{ ...restart, afterMs: 0, deadlineMs: minutes(5) }] });
    machine.grant();
    machine.now += minutes(4) + seconds(50);
    machine.feed({ type: 'healer-started' });
    machine.probeFor(minutes(3), sickDb2);
    const learntAt = machine.now;
    expect(machine.eventsOf('attempt-ended')).toMatchObject([{ result: { outcome: 'unknown' } }]);
    machine.probeFor(minutes(1) + seconds(55), sickDb2);
    expect(machine.eventsOf('verdict-given')).toEqual([]);
    machine.probeFor(seconds(5), sickDb2);
    expect(machine.eventsOf('verdict-given')).toMatchObject([{ verdict: 'ineffective' }]);
    expect(machine.now - learntAt).toBe(minutes(2));
  });
});
