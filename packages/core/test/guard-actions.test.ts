import { guardActions, guardOrder, parsePlaybook } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';

function machine(step: string): Machine {
  const text = [
    'playbook: spare',
    'for: rethinkdb/main',
    'open: { signals: [alert], confirm: none }',
    `ladder: [{ ${step}, target: guards, autonomy: auto, window: 30s, soak: 5s }]`,
  ].join('\n');
  const { playbooks, problems } = parsePlaybook(text, 'spare.yaml', { actions: guardActions });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [playbook] = playbooks;
  if (playbook === undefined) throw new Error('no playbook');
  return new Machine(playbook);
}

function ordered(of: Machine): void {
  of.feed({ type: 'healer-started' });
  of.now += 120_000;
  of.alert();
  for (let look = 0; look < 3; look += 1) {
    of.resolve('guards:rethinkdb/main');
    of.now += 1_000;
    of.probe({ db1: true, db2: false });
  }
  of.grant();
}

const directed = (of: Machine) =>
  of.commands.flatMap((command) =>
    command.type === 'direct' ? [{ to: command.to, ...command.directive }] : [],
  );

describe('a step that asks guards to spare the resource', () => {
  it('tells those that were sick and all others, with its order, for a bounded time', () => {
    const spare = machine('action: guard.shed, with: { for: 20s, share: 0.5 }');
    ordered(spare);
    expect(spare.commands.filter(({ type }) => type === 'dispatch')).toHaveLength(1);
    expect(directed(spare).slice(-2)).toMatchObject([
      { to: 'cohort', directive: 'shed', forMs: 20_000, share: 0.5 },
      { to: 'others', directive: 'shed', forMs: 20_000, share: 0.5 },
    ]);
  });

  it('is verified like any other: those that were sick are told to look afterwards', () => {
    const spare = machine('action: guard.serve-cache');
    ordered(spare);
    const result = { outcome: 'succeeded', summary: 'told', targets: [] } as const;
    spare.feed({ type: 'result', attempt: spare.attempt, result });
    expect(directed(spare).slice(-3)).toMatchObject([
      { to: 'cohort', directive: 'serve-cache', forMs: 60_000 },
      { to: 'others', directive: 'serve-cache', forMs: 60_000 },
      { to: 'cohort', directive: 'probe' },
    ]);
    // A guard drops what is not newer than what it has seen of the incident.
    const sequences = directed(spare).map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));
  });
});

it.each([
  [{ for: '61s' }, 'from 1s to 60s'],
  [{ for: '0s' }, 'from 1s to 60s'],
  [{ for: 30 }, 'from 1s to 60s'],
  [{ share: 0 }, 'above 0'],
  [{ share: 1.5 }, 'above 0'],
  [{ share: '50%' }, 'above 0'],
  [{ forMs: 5 }, 'not `forMs`'],
])('guard.shed with %j is refused when the playbook is loaded', (given, why) => {
  expect(guardOrder('guard.shed', given)).toContain(why);
  expect(guardOrder('guard.serve-cache', { share: 1 })).toContain('not `share`');
  expect(guardOrder('salt.service.restart', given)).toBeNull();
});
