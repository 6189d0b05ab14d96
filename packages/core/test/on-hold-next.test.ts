import type { Playbook, Step } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, minutes, restart, seconds, step } from './playbooks.ts';

const next = { afterMs: 0, max: 9, onHold: 'next' } as const;
const first = step({ id: 'first', effect: 'disrupts', ...next });
const second = step({ id: 'second', effect: 'disrupts', ...next });

/** A signal opens by itself; each of the steps is due at once. */
function byItself(...ladder: [Step, ...Step[]]): Playbook {
  return articlePlaybook({ ladder, open: { confirm: { by: 'none' }, signals: [{ type: 'alert' }] } });
}

/** An alert that names no node: the incident is open, and no node of it fails. */
function alertOfNobody(machine: Machine): void {
  machine.now += minutes(2);
  const { now } = machine;
  const signal = { id: `${now}`, source: 'alertmanager', type: 'alert', status: 'firing' } as const;
  machine.feed({ type: 'signal', signal: { ...signal, resource: machine.facts.resource, summary: 'down' } });
}

/** The backend answers after 10 ms whenever it is asked; the minion of the failing node is silent. */
function answerFor(machine: Machine, spanMs: number): void {
  const until = machine.now + spanMs;
  while (machine.now < until) {
    machine.now += 10;
    const { wakeAt } = machine.state;
    if (machine.state.incident?.attempt?.resolveAskedAt != null) {
      const targets = [{ id: 'minion-db2', responding: false }];
      machine.feed({ type: 'targets', attempt: machine.attempt, resolution: { resolved: true, targets } });
    } else if (wakeAt !== null && wakeAt <= machine.now) {
      machine.feed({ type: 'tick' });
    }
  }
}

describe('two due steps that others need not wait for', () => {
  it('do not take turns while no node fails that either could mean', () => {
    const machine = new Machine(byItself(first, second));
    alertOfNobody(machine);
    expect(machine.eventsOf('attempt-proposed')).toHaveLength(1);
    expect(machine.state.incident?.attempt).toMatchObject({ phase: 'resolving' });
    for (let passed = 0; passed < 60; passed += 1) {
      machine.now += seconds(1);
      machine.hear({ ok: 0, markAt: null });
    }
    expect(machine.eventsOf('attempt-proposed')).toHaveLength(1);
    machine.probe({ db1: true, db2: false });
    expect(machine.commands.findLast(({ type }) => type === 'resolve-targets')).toMatchObject({
      failing: [{ node: 'db2', target: 'minion-db2' }],
    });
  });

  it('make room for a step that means somebody', () => {
    const spare = { select: 'expression', expression: 'spare', matcher: 'list' } as const;
    const machine = new Machine(byItself(first, second, { ...restart, afterMs: 0, target: spare }));
    alertOfNobody(machine);
    machine.hear({ ok: 0, markAt: null });
    expect(machine.state.incident?.attempt).toMatchObject({ step: 'restart' });
  });

  it('take turns at the ends of their holds, not as fast as the backend answers', () => {
    const machine = new Machine(byItself(first, second));
    machine.now += minutes(2);
    machine.alert();
    answerFor(machine, seconds(25));
    expect(machine.eventsOf('attempt-proposed').map((each) => each.step)).toEqual(['first', 'second']);
    answerFor(machine, minutes(2));
    expect(machine.eventsOf('attempt-proposed').length).toBeGreaterThan(2);
    expect(machine.eventsOf('attempt-proposed').length).toBeLessThan(8);
  });

  it('stand both aside for a stronger one while their targets hold them', () => {
    const spare = { select: 'expression', expression: 'spare', matcher: 'list' } as const;
    const machine = new Machine(byItself(first, second, { ...restart, afterMs: 0, target: spare }));
    machine.now += minutes(2);
    machine.alert();
    answerFor(machine, seconds(2));
    expect(machine.eventsOf('attempt-proposed').map((each) => each.step)).toEqual([
      'first',
      'second',
      'restart',
    ]);
  });
});
