import { type Effect, guardrailNames, type LogEntry, type ResourceEvent } from '@prunella/core';
import { faultKinds, reportRefusalCodes } from '@prunella/protocol';
import { credentialKinds } from '../access/refused-credentials.ts';
import type { ProbeOutcome } from '../probes/probe.ts';
import { Counter, Histogram } from './metric.ts';

const effects = ['restores', 'repairs', 'disrupts'] as const;
const verdicts = ['effective', 'ineffective', 'unverified'] as const;
const guardrails = [...guardrailNames, 'other'];

/** In seconds: a commit is one fsync, of which a good disk makes one in a few ms. */
const commitBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What happened since the start of this healer. */
export function makeCounters() {
  return {
    suspicions: new Counter({
      name: 'prunella_suspicions_total',
      help: 'Resources of which enough instances complained, or a signal told, before an own probe confirmed it',
    }),
    incidentsOpened: new Counter({
      name: 'prunella_incidents_opened_total',
      help: 'Incidents opened; reopened are those that relapsed soon after their closing',
      labels: { how: ['opened', 'reopened'] },
    }),
    incidentsClosed: new Counter({
      name: 'prunella_incidents_closed_total',
      help: 'Incidents closed, by who is credited with the recovery',
      labels: { credit: ['attempt', 'itself', 'late', 'person'] },
    }),
    incidentsExhausted: new Counter({
      name: 'prunella_incidents_exhausted_total',
      help: 'Incidents in which every step had run as often as it may, or was refused',
    }),
    attemptsBegun: new Counter({
      name: 'prunella_attempts_begun_total',
      help: 'Attempts that were ordered from a backend, by what their action does to the target',
      labels: { effect: effects },
    }),
    attemptsEnded: new Counter({
      name: 'prunella_attempts_ended_total',
      help: 'Attempts whose action ended, by what the backend said; `never-sent` provably reached nobody',
      labels: { outcome: ['succeeded', 'failed', 'unknown', 'never-sent'] },
    }),
    attemptsJudged: new Counter({
      name: 'prunella_attempts_judged_total',
      help: 'Verdicts on attempts, by what the complaining instances and the probe said afterwards',
      labels: { effect: effects, verdict: verdicts },
    }),
    attemptsWithdrawn: new Counter({
      name: 'prunella_attempts_withdrawn_total',
      help: 'Attempts of which nothing was sent, by why',
      labels: { why: ['recovered', 'other'] },
    }),
    attemptsShadowed: new Counter({
      name: 'prunella_attempts_shadowed_total',
      help: 'Attempts of steps in shadow: what would have been done',
    }),
    attemptsHarmful: new Counter({
      name: 'prunella_attempts_harmful_total',
      help: 'Attempts after which something was worse than before',
    }),
    approvals: new Counter({
      name: 'prunella_approvals_total',
      help: 'Questions to a person, and their answers',
      labels: { what: ['requested', 'given', 'denied'] },
    }),
    holds: new Counter({
      name: 'prunella_holds_total',
      help: 'Attempts held by a guardrail: not now, looked at again',
      labels: { guardrail: guardrails },
    }),
    refusals: new Counter({
      name: 'prunella_refusals_total',
      help: 'Attempts refused by a guardrail: not in this incident',
      labels: { guardrail: guardrails },
    }),
    reports: new Counter({
      name: 'prunella_reports_total',
      help: 'Reports of guards, by whether they were taken or why not',
      labels: {
        result: ['taken', ...reportRefusalCodes],
      },
    }),
    signals: new Counter({
      name: 'prunella_signals_total',
      help: 'Signals from outside, by whether they were taken',
      labels: { result: ['taken', 'duplicate', 'refused'] },
    }),
    probes: new Counter({
      name: 'prunella_probes_total',
      help: 'Own probes by their outcome: passed, or the kind of fault that they found',
      labels: { outcome: ['passed', ...faultKinds] },
    }),
    commitDuration: new Histogram({
      name: 'prunella_store_commit_duration_seconds',
      help: 'From the handing over of a decision to its being on disk',
      bounds: commitBounds,
    }),
    commitFailures: new Counter({
      name: 'prunella_store_commit_failures_total',
      help: 'Decisions that the disk did not take; they are tried again or refused',
    }),
    heartbeats: new Counter({
      name: 'prunella_heartbeats_total',
      help: 'Heartbeats to the address of `heartbeat.url`, by what became of them',
      labels: { result: ['sent', 'failed'] },
    }),
    credentialsRefused: new Counter({
      name: 'prunella_credentials_refused_total',
      help: 'What was shown in vain by those who did not get in: tokens, sessions, codes to sign in, signatures of messages; `address`: not looked at, since too much of it was wrong from there',
      labels: { kind: credentialKinds },
    }),
    proxyHeadersIgnored: new Counter({
      name: 'prunella_proxy_headers_ignored_total',
      help: 'Requests with a header that names a person, from an address that is none of `server.proxy.addresses`',
    }),
    faults: new Counter({
      name: 'prunella_faults_total',
      help: 'Faults around the engine that no log of a resource tells; the output of the healer has them',
    }),
  };
}

export type Counters = ReturnType<typeof makeCounters>;

export function countProbe(counters: Counters, outcome: ProbeOutcome): void {
  counters.probes.add({ outcome: outcome.passed ? 'passed' : (outcome.kind ?? 'unknown') });
}

/** Of an attempt, as its machine remembers it. */
type EffectOf = (resource: string, attempt: string) => Effect | null;

type Entry<Type extends ResourceEvent['type']> = {
  readonly event: Extract<ResourceEvent, { readonly type: Type }>;
  readonly effect: (attempt: string) => Effect | null;
};

const countByType: {
  readonly [Type in ResourceEvent['type']]?: (counters: Counters, entry: Entry<Type>) => void;
} = {
  'incident-suspected': ({ suspicions }) => suspicions.add({}),
  'incident-opened': ({ incidentsOpened }) => incidentsOpened.add({ how: 'opened' }),
  'incident-reopened': ({ incidentsOpened }) => incidentsOpened.add({ how: 'reopened' }),
  'incident-closed': ({ incidentsClosed }, { event }) => incidentsClosed.add({ credit: event.credit.to }),
  'incident-exhausted': ({ incidentsExhausted }) => incidentsExhausted.add({}),
  'attempt-held': ({ holds }, { event }) => holds.add({ guardrail: event.hold.guardrail }),
  'attempt-refused': ({ refusals }, { event }) => refusals.add({ guardrail: event.guardrail }),
  'attempt-intended': ({ attemptsBegun }, { event, effect }) => {
    const known = effect(event.attempt);
    if (known !== null) attemptsBegun.add({ effect: known });
  },
  'attempt-ended': ({ attemptsEnded }, { event: { result } }) =>
    attemptsEnded.add({ outcome: result.neverSent === true ? 'never-sent' : result.outcome }),
  'verdict-given': ({ attemptsJudged }, { event, effect }) => {
    const known = effect(event.attempt);
    if (known !== null) attemptsJudged.add({ effect: known, verdict: event.verdict });
  },
  'attempt-withdrawn': ({ attemptsWithdrawn }, { event }) =>
    attemptsWithdrawn.add({ why: event.recovered === true ? 'recovered' : 'other' }),
  'attempt-shadowed': ({ attemptsShadowed }) => attemptsShadowed.add({}),
  'attempt-harmful': ({ attemptsHarmful }) => attemptsHarmful.add({}),
  'approval-requested': ({ approvals }) => approvals.add({ what: 'requested' }),
  'approval-given': ({ approvals }) => approvals.add({ what: 'given' }),
  'approval-denied': ({ approvals }) => approvals.add({ what: 'denied' }),
};

/** What an entry of the log adds. */
export function countEntry(counters: Counters, { resource, event }: LogEntry, effectOf: EffectOf): void {
  // The event has the type that the table is asked for; TypeScript cannot follow that.
  const count = countByType[event.type] as ((counters: Counters, entry: unknown) => void) | undefined;
  count?.(counters, { event, effect: (attempt: string) => effectOf(resource, attempt) });
}
