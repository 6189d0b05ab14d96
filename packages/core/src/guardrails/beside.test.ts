import { describe, expect, it } from 'vitest';
import {
  acting,
  answers,
  around,
  type Change,
  deadlines,
  deploy,
  facts,
  hours,
  now,
  record,
  summary,
  targets,
} from '../../test/guardrail-facts.ts';
import { minutes } from '../../test/playbooks.ts';
import { askGuardrails } from './registry.ts';

describe('what lies beside it', () => {
  it.each<readonly [what: string, change: Change]>([
    [
      'a maintenance that has ended',
      around({ maintenance: { by: 'ada', reason: '', at: now - 2, until: now - 1 } }),
    ],
    [
      'a job that is believed over',
      around({ acting: [{ source: 's', acting: [{ ...acting, until: now - 1 }] }] }),
    ],
    [
      'a job on another target',
      around({ acting: [{ source: 's', acting: [{ ...acting, targets: ['db9'] }] }] }),
    ],
    [
      'a load figure of two minutes ago',
      {
        state: {
          summary: { ...summary, ...deadlines },
          around: { load: { at: now - minutes(2), of: 'cpu', utilisation: 1 } },
        },
      },
    ],
    [
      'a load that is bearable',
      {
        state: {
          summary: { ...summary, ...deadlines },
          around: { load: { at: now, of: 'cpu', utilisation: 0.5 } },
        },
      },
    ],
    [
      'a window that is open',
      {
        playbook: {
          windows: { timeZone: 'Europe/Berlin', allowed: [hours(8, 17)], maintenance: [hours(10, 12)] },
        },
      },
    ],
    ['a deploy that ended before the grace', around({ deploy: { ...deploy, endsAt: now - minutes(3) } })],
    [
      'two ineffective runs in a row',
      record({
        recent: [
          { attempt: 'a', at: 1, verdict: 'effective' },
          { attempt: 'b', at: 2, verdict: 'ineffective' },
          { attempt: 'c', at: 3, verdict: 'ineffective' },
        ],
      }),
    ],
  ])('%s holds nothing', (_, change) => {
    const { holds, refusal, autonomy } = askGuardrails(facts(change));
    expect({ holds, refusal, autonomy }).toEqual({ holds: [], refusal: null, autonomy: 'auto' });
  });
});

describe('the blast radius', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((rack, index) => ({
    name: `db${index + 1}`,
    target: `minion-db${index + 1}`,
    domain: `rack-${rack}`,
  }));
  const two = targets({ ids: ['minion-db1', 'minion-db2'] });

  it.each([
    ['nodes', { blastRadiusNodes: 1 }, '2 nodes; an attempt may touch 1'],
    [
      'a share of them',
      { blastRadiusNodes: 9, blastRadiusShare: 0.25 },
      '2 of 4 nodes; an attempt may touch 25 %',
    ],
    [
      'failure domains',
      { blastRadiusNodes: 9 },
      '2 failure domains (rack-a, rack-b); an attempt may touch 1',
    ],
  ])('counts %s', (_, limits, says) => {
    const { holds } = askGuardrails(facts({ nodes, ...two, playbook: { limits } }));
    expect(holds.map(({ reason }) => reason).join()).toContain(says);
  });

  it('always leaves room for one node', () => {
    const limits = { blastRadiusShare: 0.1 };
    expect(answers({ nodes, ...targets({ ids: ['minion-db1'] }), playbook: { limits } })).toEqual([]);
  });
});
