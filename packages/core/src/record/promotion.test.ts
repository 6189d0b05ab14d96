import { describe, expect, it } from 'vitest';
import { articlePlaybook, restart } from '../../test/playbooks.ts';
import { initialResourceState } from '../decide/initial.ts';
import type { Autonomy } from '../playbook/playbook.ts';
import { type ActionsKnown, type AutonomySubject, autonomyReport } from './promotion.ts';
import { emptyRecord, type StepRecord } from './step-record.ts';

const now = 1_800_000_000_000;
const days = (count: number) => count * 86_400_000;
const anyAction: ActionsKnown = new Map();
const proven = { decisions: 20, firstAt: now - days(30) };

function subject(
  resource: string,
  change: Partial<StepRecord>,
  autonomy: Autonomy = 'ask',
  domain = resource,
): AutonomySubject {
  const records = [{ ...emptyRecord('restart', now), ...change }];
  return {
    state: { ...initialResourceState(resource), records },
    playbook: articlePlaybook({ ladder: [{ ...restart, autonomy }] }),
    facts: { resource, nodes: [], labels: { domain } },
  };
}

const advice = (...subjects: AutonomySubject[]) =>
  autonomyReport(subjects, now, anyAction).map(({ recommended, advice: text }) => [recommended, text]);

describe('more autonomy', () => {
  it('is recommended after 20 decisions in 30 days without harm', () => {
    expect(advice(subject('pg/a', proven))).toEqual([
      ['auto', '20 decisions in 30 days, none harmful: write autonomy: auto'],
    ]);
  });

  it.each<[what: string, change: Partial<StepRecord>, says: string]>([
    ['too few decisions', { ...proven, decisions: 19 }, '19 of 20 decisions in 30 of 30 days'],
    ['too short a time', { ...proven, firstAt: now - days(29) }, '20 of 20 decisions in 29 of 30 days'],
    ['harm', { ...proven, harmful: 1 }, '1 of 20 decisions did harm'],
    [
      'a demotion',
      { ...proven, harmful: 1, demoted: { at: now, attempt: 'a', reason: 'db2 broke' } },
      'it did harm (db2 broke); it asks until a person lifts that',
    ],
  ])('is not after %s', (_, change, says) => {
    expect(advice(subject('pg/a', change))).toEqual([[null, says]]);
  });

  it('goes from shadow to ask first, and never further than auto', () => {
    expect(advice(subject('pg/a', proven, 'shadow'))[0]?.[0]).toBe('ask');
    expect(advice(subject('pg/a', proven, 'auto'))).toEqual([[null, 'it acts by itself already']]);
  });

  it('is recommended for one failure domain first, the one with the most decisions', () => {
    const rows = advice(
      subject('pg/a', proven, 'ask', 'rack-1'),
      subject('pg/b', { ...proven, decisions: 40 }, 'ask', 'rack-2'),
    );
    expect(rows).toEqual([
      [null, 'one failure domain goes first: rack-2'],
      ['auto', '40 decisions in 30 days, none harmful: write autonomy: auto for failure domain rack-2'],
    ]);
  });

  it('is recommended for the others once the first has acted alone without harm', () => {
    const first = (change: Partial<StepRecord>) =>
      subject('pg/b', { ...proven, ...change }, 'auto', 'rack-2');
    const second = subject('pg/a', proven, 'ask', 'rack-1');
    expect(advice(first({ runs: 0 }), second)[1]?.[1]).toContain('has not run it yet');
    expect(advice(first({ runs: 2, harmful: 1 }), second)[1]?.[1]).toContain(
      'did harm in failure domain rack-2',
    );
    expect(advice(first({ runs: 2 }), second)[1]?.[0]).toBe('auto');
  });

  it('is in force as written, but for a demotion', () => {
    const demoted = { at: now, attempt: 'a', reason: 'x' };
    const rows = autonomyReport(
      [subject('pg/a', { demoted }, 'auto'), subject('pg/b', {}, 'auto')],
      now,
      anyAction,
    );
    expect(rows.map(({ inForce }) => inForce)).toEqual(['ask', 'auto']);
  });

  it('is never recommended where the action always asks', () => {
    const asks: ActionsKnown = new Map([[restart.action, { highestAutonomy: 'ask' }]]);
    const of = (autonomy: Autonomy) => autonomyReport([subject('pg/a', proven, autonomy)], now, asks);
    expect(of('ask')).toMatchObject([
      { recommended: null, advice: `${restart.action} is never run without a person` },
    ]);
    expect(of('shadow')).toMatchObject([{ recommended: 'ask' }]);
  });
});
