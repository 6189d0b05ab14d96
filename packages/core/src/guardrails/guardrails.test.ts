import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from '../../test/playbooks.ts';
import { assess } from '../decide/evidence.ts';
import { initialResourceState } from '../decide/initial.ts';
import { newAttempt } from '../decide/new-attempt.ts';
import type { Attempt, Incident, NodeProbe, ResourceState } from '../decide/state.ts';
import type { Step } from '../playbook/playbook.ts';
import type { GuardrailFacts } from './guardrail.ts';
import { askGuardrails, guardrails } from './registry.ts';

const now = 1_800_000_000_000;

const summary: NonNullable<ResourceState['summary']> = {
  resource: 'rethinkdb/main',
  observers: 4,
  conditions: { ok: 1, degraded: 0, down: 3, unknown: 0 },
  sickByKind: { unreachable: 3 },
  hosts: { observing: ['a', 'b', 'c', 'd'], sick: ['a', 'b', 'c'] },
  services: { observing: ['actioner'], sick: ['actioner'] },
  earliestFaultAt: now - minutes(5),
  newestReportAt: now,
  settled: true,
  cohort: null,
};

const failing: NodeProbe = {
  node: 'db1',
  passed: false,
  detail: 'refused',
  kind: null,
  beganAt: now,
  endedAt: now,
  failures: 3,
  countedAt: now,
  passes: 0,
  passingSince: null,
  failingSince: now,
};
const passing: NodeProbe = {
  ...failing,
  passed: true,
  failures: 0,
  passes: 1,
  passingSince: now,
  failingSince: null,
};

const incident: Incident = {
  id: 'i1',
  playbook: 'article',
  by: 'reports',
  reason: '3 of 4 instances sick',
  openedAt: now - minutes(4),
  firstFaultAt: now - minutes(5),
  reopenedAt: null,
  relapseFaultAt: null,
  ladderFrom: now - minutes(5),
  ladder: { state: 'climbing' },
  steps: [],
  holds: [],
  attempt: null,
  attempts: [],
  attemptCount: 0,
  signalNodes: [],
  signalAt: null,
  healthySince: null,
  directiveSequence: 0,
  lastStepTold: false,
  closed: null,
};

const attempt: Attempt = {
  ...newAttempt('i1.1', { id: 'restart', action: 'salt.restart', effect: 'disrupts' }, 1, now),
  targets: { at: now, resolved: true, ids: ['minion-db1'], silent: [], failing: ['minion-db1'] },
};

interface Change {
  readonly state?: Partial<ResourceState>;
  readonly incident?: Partial<Incident>;
  readonly attempt?: Partial<Attempt> | null;
  readonly step?: Step;
  readonly playbook?: Parameters<typeof articlePlaybook>[0];
}

function facts(change: Change = {}): GuardrailFacts {
  const playbook = articlePlaybook(change.playbook);
  const state: ResourceState = {
    ...initialResourceState('rethinkdb/main'),
    summary,
    probes: [failing],
    ...change.state,
  };
  return {
    now,
    state,
    incident: { ...incident, ...change.incident },
    playbook,
    resource: {
      resource: 'rethinkdb/main',
      nodes: [
        { name: 'db1', target: 'minion-db1' },
        { name: 'db2', target: 'minion-db2' },
      ],
      labels: {},
    },
    step: change.step ?? restart,
    attempt: change.attempt === null ? null : { ...attempt, ...change.attempt },
    assessment: assess(state.summary, playbook),
  };
}

const sick = (change: Partial<typeof summary>) => ({ state: { summary: { ...summary, ...change } } });
const targets = (change: Partial<NonNullable<Attempt['targets']>>) => ({
  attempt: { targets: { at: now, resolved: true, ids: [], silent: [], failing: ['minion-db1'], ...change } },
});
const progress = (runs: number, startedAt: number) => ({
  incident: {
    steps: [{ step: 'restart', runs, startedAt, notBefore: null, unsent: 0, refused: null }],
  },
});

const holding: readonly (readonly [name: string, change: Change, says: string])[] = [
  [
    'kill-switch',
    { state: { fleet: { paused: { by: 'ada', reason: 'hands on', at: now } } } },
    'ada: hands on',
  ],
  ['one-in-flight', { incident: { attempt: { ...attempt, id: 'i1.0' } } }, 'i1.0'],
  [
    'stop-when-unproven',
    { incident: { ladder: { state: 'paused', since: now, reason: 'restart could not be verified' } } },
    'could not be verified',
  ],
  ['grace', { state: { startedAt: now - seconds(20) } }, 'started 20 s ago; for 60 s'],
  ['quorum', sick({ conditions: { ok: 3, degraded: 0, down: 1, unknown: 0 } }), '1 of 4 instances sick'],
  ['quorum', sick({ conditions: { ok: 0, degraded: 0, down: 1, unknown: 3 } }), '3 unknown'],
  ['own-probe', { state: { probes: [passing] } }, 'passes'],
  [
    'timeout-alone',
    { state: { probes: [passing], summary: { ...summary, sickByKind: { timeout: 3 } } } },
    'deadlines',
  ],
  ['starting', sick({ sickByKind: { starting: 1, unreachable: 2 } }), 'waited for'],
  ['starting', { state: { probes: [{ ...failing, kind: 'starting' }] } }, 'waited for'],
  ['overload', sick({ sickByKind: { overloaded: 2, timeout: 1 } }), '2 of 3'],
  ['targets', targets({ ids: [] }), 'nothing is sent'],
  ['target-silent', targets({ ids: ['minion-db2'], silent: ['minion-db1'] }), '1 of 2 did not answer'],
  [
    'healthy-share',
    {
      state: { probes: [failing, { ...passing, node: 'db2' }] },
      ...targets({ ids: ['minion-db1', 'minion-db2'] }),
    },
    'all 1 that still serve',
  ],
  [
    'arguments',
    { step: { ...restart, arguments: { service: '{{ labels.service }}' } } },
    'has no value here',
  ],
  ['blast-radius', targets({ ids: ['minion-db1', 'minion-db2'] }), '2 nodes'],
  ['cooldown', progress(1, now - minutes(3)), 'started 3 min ago; every is 10 min'],
  ['max-runs', progress(2, now - minutes(30)), 'ran 2 of at most 2'],
  [
    'budget',
    { state: { starts: [1, 2, 3, 4].map((each) => now - minutes(each * 60)) } },
    '4 attempts in a day',
  ],
  ['autonomy', { step: { ...restart, autonomy: 'shadow' } }, 'only says what it would do'],
  ['approval', { step: { ...restart, autonomy: 'ask' } }, 'waits for a person'],
];

function answers(change: Change, step?: Step) {
  const { holds, refusal } = askGuardrails(facts(step === undefined ? change : { ...change, step }));
  return [...holds, ...(refusal === null ? [] : [refusal])];
}

describe('a guardrail', () => {
  it('lets an attempt pass that nothing speaks against', () => {
    expect(answers({})).toEqual([]);
  });

  it.each(holding)('%s holds and says why (%#)', (name, change, says) => {
    const answer = answers(change).find((each) => each.guardrail === name);
    expect(answer?.reason).toContain(says);
    // What a person reads tells when it is looked at again, and what to do.
    if (answer !== undefined && 'until' in answer) {
      expect(answer.remedy).not.toBe('');
      if (answer.until !== null) expect(answer.until).toBeGreaterThan(now);
    }
  });

  it('is shown by at least one case each', () => {
    expect(new Set(holding.map(([name]) => name))).toEqual(new Set(guardrails.map(({ name }) => name)));
  });

  it('stands in the way of what only restores only where it holds every attempt', () => {
    const every = new Set([
      'kill-switch',
      'one-in-flight',
      'targets',
      'arguments',
      'target-silent',
      'autonomy',
      'approval',
    ]);
    const restores: Step = { ...highstate, effect: 'restores' };
    for (const [name, change] of holding) {
      const step: Step = { ...restores, autonomy: change.step?.autonomy ?? 'auto' };
      const found = answers(change, step).filter((each) => each.guardrail === name);
      if (!every.has(name)) expect(found).toEqual([]);
    }
    const kept = answers({ state: { fleet: { paused: { by: 'ada', reason: 'x', at: now } } } }, restores);
    expect(kept).toHaveLength(1);
  });
});

describe('autonomy', () => {
  it.each([
    ['it flaps', { state: { askUntil: now + minutes(60) } }],
    ['a node has no target', {}],
    [
      'an expression means more nodes than the blast radius',
      {
        ...targets({ ids: ['minion-db1', 'minion-db2'] }),
        step: { ...restart, target: { select: 'expression', expression: 'db*', matcher: 'glob' } } as const,
      },
    ],
  ])('is lowered to ask where %s', (name, change: Change) => {
    const given = facts(change);
    const nodes =
      name === 'a node has no target' ? [...given.resource.nodes, { name: 'db3' }] : given.resource.nodes;
    const { holds } = askGuardrails({ ...given, resource: { ...given.resource, nodes } });
    expect(holds.map((hold) => hold.guardrail)).toContain('approval');
  });
});
