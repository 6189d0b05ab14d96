import { assess } from '../src/decide/evidence.ts';
import { initialResourceState } from '../src/decide/initial.ts';
import { newAttempt } from '../src/decide/new-attempt.ts';
import type { Attempt, Incident, NodeProbe, ResourceState } from '../src/decide/state.ts';
import type { GuardrailFacts } from '../src/guardrails/guardrail.ts';
import { askGuardrails } from '../src/guardrails/registry.ts';
import type { Step } from '../src/playbook/playbook.ts';
import { emptyRecord, type StepRecord } from '../src/record/step-record.ts';
import { articlePlaybook, minutes, restart } from './playbooks.ts';

export const now = 1_800_000_000_000;

export const summary: NonNullable<ResourceState['summary']> = {
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

export const failing: NodeProbe = {
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
export const passing: NodeProbe = {
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

export const attempt: Attempt = {
  ...newAttempt('i1.1', { id: 'restart', action: 'salt.restart', effect: 'disrupts' }, 1, now),
  targets: { at: now, resolved: true, ids: ['minion-db1'], silent: [], failing: ['minion-db1'] },
};

export interface Change {
  readonly state?: Partial<ResourceState>;
  readonly incident?: Partial<Incident>;
  readonly attempt?: Partial<Attempt> | null;
  readonly step?: Step;
  readonly playbook?: Parameters<typeof articlePlaybook>[0];
  readonly nodes?: GuardrailFacts['resource']['nodes'];
}

export const alarm = { since: now, reason: 'a storm: 5 incidents', until: now + minutes(5) };
export const cause = {
  attempt: 'r.1',
  resource: 'redis/cache',
  targets: ['minion-db1'],
  startedAt: now - minutes(3),
  endedAt: null,
};
export const acting = {
  what: 'highstate',
  detail: 'job 20261123',
  targets: null,
  since: now - minutes(2),
  until: now + minutes(5),
};
export const deploy = { by: 'ada', what: 'actioner 4.2', at: now - minutes(2), endsAt: now + minutes(1) };
export const deadlines = { sickByKind: { timeout: 3 } };

/** `now` is 15 January 2027 at 08:00 in UTC, a Friday. */
export const hours = (from: number, to: number) => ({ days: [5], fromMinute: from * 60, toMinute: to * 60 });

export function record(change: Partial<StepRecord>): Change {
  return { state: { records: [{ ...emptyRecord('restart', now), ...change }] } };
}

export function facts(change: Change = {}): Omit<GuardrailFacts, 'autonomy' | 'lowered'> {
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

export const sick = (change: Partial<typeof summary>) => ({ state: { summary: { ...summary, ...change } } });
export const targets = (change: Partial<NonNullable<Attempt['targets']>>) => ({
  attempt: { targets: { at: now, resolved: true, ids: [], silent: [], failing: ['minion-db1'], ...change } },
});
export const around = (given: NonNullable<ResourceState['around']>): Change => ({ state: { around: given } });
export const progress = (runs: number, startedAt: number) => ({
  incident: {
    steps: [{ step: 'restart', runs, startedAt, notBefore: null, unsent: 0, refused: null }],
  },
});

export function answers(change: Change, step?: Step) {
  const { holds, refusal } = askGuardrails(facts(step === undefined ? change : { ...change, step }));
  return [...holds, ...(refusal === null ? [] : [refusal])];
}
