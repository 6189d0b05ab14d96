import { type Playbook, parsePlaybook, playbookUnder, type ResourceFacts } from '@prunella/core';
import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from './playbooks.ts';

const facts: ResourceFacts = {
  resource: 'postgres/main',
  nodes: [{ name: 'db1', target: 'minion-db1' }],
  labels: { tier: 'gold', service: 'postgresql@15' },
};

function world(text: string): World {
  const { playbooks, problems } = parsePlaybook(`playbook: some\nfor: postgres/main\n${text}`, 'some.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const playbook: Playbook | undefined = playbookUnder(facts, playbooks);
  if (playbook === undefined) throw new Error('nobody owns it');
  return new World({ playbook, facts });
}

function alert(data: Readonly<Record<string, unknown>>) {
  const signal = { id: JSON.stringify(data), source: 'alerts', type: 'alert', resource: 'postgres/main' };
  return { type: 'signal', signal: { ...signal, status: 'firing', summary: 'it hurts', data } } as const;
}

const bySignal = `open:
  confirm: none
  graceAfterStart: 0s
  quorum: { hosts: 1 }
  signals: [{ type: alert, if: "signal.data.severity == 'critical' && labels.tier == 'gold'" }]
`;

describe('a condition on a signal', () => {
  it('opens on what it is true of, and rejects the rest', () => {
    const some = world(`${bySignal}ladder: [{ action: a.b, target: '*', autonomy: auto }]\n`);
    some.at(seconds(1), () => some.input(alert({ severity: 'minor' })));
    some.at(seconds(2), () => some.input(alert({})));
    some.runUntil(seconds(3));
    expect(some.eventsOf('incident-opened')).toEqual([]);
    expect(some.eventsOf('signal-received').map(({ trigger }) => trigger.fate)).toEqual([
      'rejected',
      'rejected',
    ]);
    some.at(seconds(4), () => some.input(alert({ severity: 'critical' })));
    some.runUntil(seconds(5));
    expect(some.eventsOf('incident-opened')).toHaveLength(1);
  });
});

describe('a condition on a step', () => {
  const ladder = `ladder:
  - { id: clean, action: a.clean, target: '*', autonomy: auto, if: "signal.data.what == 'disk'", window: 2m }
  - { id: restart, action: a.restart, target: '*', autonomy: auto, if: "labels.tier == 'gold'" }
  - { id: never, action: a.never, target: '*', autonomy: auto, if: "labels.tier == 'tin'" }
`;
  const stepsFor = (data: Readonly<Record<string, unknown>>) => {
    const some = world(`${bySignal}${ladder}`);
    some.start('web1');
    some.at(seconds(70), () => {
      some.breaks();
      some.input(alert({ severity: 'critical', ...data }));
    });
    some.runUntil(minutes(9));
    return some.orders.map(({ order }) => order.step);
  };

  it('is passed over while it is not true, and milder ones need not run first', () => {
    expect(stepsFor({ what: 'disk' })[0]).toBe('clean');
    expect(stepsFor({ what: 'other' })[0]).toBe('restart');
    expect(stepsFor({ what: 'other' })).not.toContain('never');
  });
});

describe('parameters', () => {
  const orders = (argument: string) => {
    const some = world(
      `open: { graceAfterStart: 0s, quorum: { hosts: 1 } }\nladder: [{ id: only, action: a.b, autonomy: auto, with: { some: '${argument}' } }]\n`,
    );
    some.start('web1');
    some.at(seconds(70), () => some.breaks());
    some.runUntil(minutes(5));
    return some;
  };

  it('are filled in when the order is written', () => {
    const [first] = orders('{{ labels.service }} on {{ node }} ({{ target }})').orders;
    expect(first?.order.arguments).toEqual({ some: 'postgresql@15 on db1 (minion-db1)' });
  });

  it('that have no value refuse the step: nothing is sent', () => {
    const some = orders('{{ labels.missing }}');
    expect(some.orders).toEqual([]);
    expect(some.eventsOf('attempt-refused')).toMatchObject([
      { guardrail: 'arguments', reason: 'step only: {{ labels.missing }} has no value here' },
    ]);
  });
});
