import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';
import { articlePlaybook, highstate, minutes, seconds } from './playbooks.ts';

describe('a node that a reload takes out of the configuration while its incident is open', () => {
  function withoutDb2(): Machine {
    const playbook = articlePlaybook({
      open: { signals: [{ type: 'alert' }] },
      ladder: [{ ...highstate, afterMs: minutes(5) }],
    });
    const machine = new Machine(playbook);
    machine.alert();
    machine.probeFor(seconds(20), { db1: true, db2: false });
    machine.facts = { ...machine.facts, nodes: machine.facts.nodes.slice(0, 1) };
    machine.feed({ type: 'tick' });
    return machine;
  }

  it('keeps the incident open no longer: nobody probes it any more', () => {
    const machine = withoutDb2();
    machine.probeFor(minutes(2), { db1: true });
    expect(machine.eventsOf('incident-closed')).toHaveLength(1);
    expect(machine.state.standing).toBeUndefined();
  });

  it('keeps no attempt on another node waiting for its evidence', () => {
    const machine = withoutDb2();
    machine.probeFor(minutes(5), { db1: false });
    machine.resolve('minion-db1');
    machine.grant();
    expect(machine.eventsOf('attempt-intended')).toMatchObject([{ targets: ['minion-db1'] }]);
  });
});
