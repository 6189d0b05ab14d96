import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, highstate, minutes, seconds } from './playbooks.ts';

const sickDb2 = { db1: true, db2: false };

function opened(): Machine {
  const playbook = articlePlaybook({
    open: { signals: [{ type: 'alert' }] },
    ladder: [{ ...highstate, afterMs: 0 }],
  });
  const machine = new Machine(playbook);
  machine.alert();
  machine.probeFor(seconds(20), sickDb2);
  return machine;
}

describe('a clock that is set back by an hour', () => {
  it('makes nobody deaf: the next probes count', () => {
    const machine = opened();
    machine.now -= minutes(60);
    machine.probeFor(seconds(5), { db1: true, db2: true });
    expect(machine.state.probes.map(({ passed }) => passed)).toEqual([true, true]);
  });

  it('makes no old probe a fresh one: nothing is sent on it', () => {
    const machine = opened();
    machine.resolve('minion-db2');
    expect(machine.eventsOf('attempt-proposed')).toHaveLength(1);
    machine.now -= minutes(60);
    machine.grant();
    expect(machine.eventsOf('attempt-intended')).toEqual([]);
  });

  it('is no reason to wait an hour for the next probe', () => {
    const machine = opened();
    machine.now -= minutes(60);
    const { commands } = machine.feed({ type: 'tick' });
    expect(commands.filter(({ type }) => type === 'probe')).toHaveLength(1);
    machine.now += seconds(1);
    expect(machine.feed({ type: 'tick' }).commands.filter(({ type }) => type === 'probe')).toEqual([]);
  });

  it('begins the count of failures anew, so that a confirmation is of one clock', () => {
    const machine = new Machine(articlePlaybook({ open: { signals: [{ type: 'alert' }] } }));
    machine.alert();
    machine.probeFor(seconds(10), sickDb2);
    machine.now -= minutes(60);
    machine.probeFor(seconds(10), sickDb2);
    expect(machine.eventsOf('incident-opened')).toEqual([]);
    machine.probeFor(seconds(5), sickDb2);
    expect(machine.eventsOf('incident-opened')).toHaveLength(1);
  });
});
