import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from '../../test/playbooks.ts';
import { assess } from '../decide/evidence.ts';
import { initialResourceState } from '../decide/initial.ts';
import { newAttempt } from '../decide/new-attempt.ts';
import type { Attempt, Incident, NodeProbe, ResourceState } from '../decide/state.ts';
import type { Step } from '../playbook/playbook.ts';
import { emptyRecord, type StepRecord } from '../record/step-record.ts';
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
  readonly nodes?: GuardrailFacts['resource']['nodes'];
}

const alarm = { since: now, reason: 'a storm: 5 incidents', until: now + minutes(5) };
const cause = {
  attempt: 'r.1',
  resource: 'redis/cache',
  targets: ['minion-db1'],
  startedAt: now - minutes(3),
  endedAt: null,
};
const acting = {
  what: 'highstate',
  detail: 'job 20261123',
  targets: null,
  since: now - minutes(2),
  until: now + minutes(5),
};
const deploy = { by: 'ada', what: 'actioner 4.2', at: now - minutes(2), endsAt: now + minutes(1) };
const deadlines = { sickByKind: { timeout: 3 } };

/** `now` is 15 January 2027 at 08:00 in UTC, a Friday. */
const hours = (from: number, to: number) => ({ days: [5], fromMinute: from * 60, toMinute: to * 60 });

function record(change: Partial<StepRecord>): Change {
  return { state: { records: [{ ...emptyRecord('restart', now), ...change }] } };
}

function facts(change: Change = {}): Omit<GuardrailFacts, 'autonomy' | 'lowered'> {
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
      nodes: change.nodes ?? [
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
const around = (given: NonNullable<ResourceState['around']>): Change => ({ state: { around: given } });
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
  [
    'maintenance',
    around({ maintenance: { by: 'ada', reason: 'disks', at: now, until: now + 60_000 } }),
    'disks',
  ],
  [
    'maintenance',
    { playbook: { windows: { timeZone: 'UTC', allowed: [], maintenance: [hours(7, 9)] } } },
    'lasts for another 60 min',
  ],
  [
    'somebody-else',
    { incident: { claim: { by: 'ada', reason: 'mine', at: now - 60_000 } } },
    'ada has claimed it 60 s ago',
  ],
  ['somebody-else', around({ deploy }), 'actioner 4.2'],
  [
    'somebody-else',
    around({ acting: [{ source: 'salt', acting: [acting] }] }),
    'highstate for 2 min: job 20261123',
  ],
  [
    'somebody-else',
    around({
      acting: [{ source: 'patroni', acting: [{ ...acting, what: 'failover', targets: ['minion-db1'] }] }],
    }),
    'failover on minion-db1',
  ],
  ['storm', { state: { fleet: { paused: null, storm: alarm } } }, '5 incidents'],
  ['isolation', { state: { fleet: { paused: null, isolation: alarm } } }, '5 incidents'],
  [
    'upstream',
    around({ upstream: [{ resource: 'disk/data', since: now - 60_000 }] }),
    'disk/data (for 60 s)',
  ],
  ['lineage', { incident: { cause } }, 'r.1 of redis/cache on minion-db1, which is not over'],
  [
    'lineage',
    { incident: { cause: { ...cause, endedAt: now - 60_000 } } },
    'ended 60 s ago; 5 min must pass',
  ],
  ['grace', around({ deploy: { ...deploy, endsAt: now - seconds(30) } }), 'ended 30 s ago; for 2 min'],
  [
    'windows',
    { playbook: { windows: { timeZone: 'Europe/Berlin', allowed: [hours(10, 17)], maintenance: [] } } },
    'the next opens in 60 min, at 2027-01-15 09:00:00Z',
  ],
  [
    'overload',
    {
      state: {
        summary: { ...summary, ...deadlines },
        around: { load: { at: now - seconds(10), of: 'connections', utilisation: 0.97 } },
      },
    },
    '3 of 3 miss deadlines while 97 % of its connections are in use',
  ],
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
    'leave 0 of 1 that still serve; 50 % must be left',
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

const lowering: readonly (readonly [name: string, change: Change, says: string])[] = [
  ['flapping', { state: { askUntil: now + minutes(60), openings: [now, now, now] } }, '3 openings lately'],
  ['unmapped-node', { nodes: [{ name: 'db1', target: 'minion-db1' }, { name: 'db3' }] }, 'db3'],
  [
    'stop-when-ineffective',
    record({
      recent: [1, 2, 3].map((at) => ({ attempt: `a${at}`, at, verdict: 'ineffective' as const })),
    }),
    'its last 3 runs at this resource did not help',
  ],
  [
    'demotion',
    record({ demoted: { at: now, attempt: 'i0.2', reason: 'db2 served before it' } }),
    'db2 served before it',
  ],
  ['lineage', { incident: { cause: { ...cause, endedAt: now - minutes(6) } } }, 'our own attempt r.1'],
  [
    'quorum',
    {
      playbook: { open: { quorum: { share: 0.5, hosts: 2, hostsWritten: false } } },
      ...sick({ hosts: { observing: ['a'], sick: ['a'] } }),
    },
    'all observers are on 1 host',
  ],
  [
    'blast-radius',
    {
      ...targets({ ids: ['minion-db1', 'minion-db2'] }),
      step: { ...restart, target: { select: 'expression', expression: 'db*', matcher: 'glob' } } as const,
    },
    'the written target means 2 nodes',
  ],
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
    expect(new Set([...holding, ...lowering].map(([name]) => name))).toEqual(
      new Set(guardrails.map(({ name }) => name)),
    );
  });

  it('stands in the way of what only restores only where it holds every attempt', () => {
    const every = new Set([
      'kill-switch',
      'maintenance',
      'somebody-else',
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

describe('a guardrail that lowers autonomy', () => {
  it.each(lowering)('%s makes `auto` ask and says why (%#)', (_, change, says) => {
    const answer = askGuardrails(facts(change));
    expect(answer.autonomy).toBe('ask');
    expect(answer.holds.find((hold) => hold.guardrail === 'approval')?.reason).toContain(says);
  });

  it.each(lowering)('%s leaves what only restores alone', (_, change) => {
    const step = { ...(change.step ?? restart), effect: 'restores' as const };
    expect(askGuardrails(facts({ ...change, step })).autonomy).toBe('auto');
  });

  it('leaves `shadow` as it is', () => {
    const [, change] = lowering[0] ?? ['', {}];
    expect(askGuardrails(facts({ ...change, step: { ...restart, autonomy: 'shadow' } })).autonomy).toBe(
      'shadow',
    );
  });
});

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
