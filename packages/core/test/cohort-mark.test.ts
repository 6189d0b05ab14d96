import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, restart, seconds } from './playbooks.ts';

const well = { db1: true, db2: true };

/** An order under way, for a playbook that wants no soak at all. */
function sent(): Machine {
  const verify = { ...restart.verify, soakMs: 0 };
  const playbook = articlePlaybook({
    open: { signals: [{ type: 'alert' }], graceAfterStartMs: 0 },
    ladder: [{ ...restart, afterMs: 0, verify }],
  });
  const machine = new Machine(playbook);
  machine.alert();
  machine.probeFor(seconds(20), { db1: true, db2: false });
  machine.resolve('minion-db2');
  machine.grant();
  return machine;
}

function ends(machine: Machine): number {
  machine.now += seconds(5);
  const result = { outcome: 'succeeded', summary: 'done', targets: [] } as const;
  machine.feed({ type: 'result', attempt: machine.attempt, result });
  machine.now += seconds(1);
  machine.probe(well);
  return machine.now - seconds(1);
}

describe('a verdict', () => {
  it('asks what the cohort says since the action ended, not what it said while it ran', () => {
    const machine = sent();
    machine.hear({ ok: 3, markAt: null });
    const endedAt = ends(machine);
    expect(machine.eventsOf('verdict-given')).toEqual([]);
    machine.hear({ ok: 0, markAt: endedAt });
    expect(machine.eventsOf('verdict-given')).toEqual([]);
    machine.hear({ ok: 3, markAt: endedAt });
    expect(machine.eventsOf('verdict-given')).toMatchObject([{ verdict: 'effective' }]);
  });

  it('is the same after a restart of the healer before the cohort was heard with the new mark', () => {
    const machine = sent();
    machine.hear({ ok: 3, markAt: machine.now - seconds(600) });
    const endedAt = ends(machine);
    machine.feed({ type: 'healer-started' });
    const marks = machine.commands.flatMap((command) =>
      command.type === 'follow-cohort' && command.what === 'mark' ? [command.at] : [],
    );
    expect(marks.at(-1)).toBe(endedAt);
  });
});
