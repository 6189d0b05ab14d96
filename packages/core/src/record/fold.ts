import type { Credit, ResourceEvent, Verdict } from '../decide/event.ts';
import { emptyRecord, type StepRecord } from './step-record.ts';

const recentKept = 20;
const recordsKept = 100;

/** What is known of the attempts that an event may be about: the incident's, or those read from a log so far. */
export interface KnownAttempts {
  readonly attempt: KnownAttempt | null;
  readonly attempts: readonly KnownAttempt[];
  readonly reopenedAt: number | null;
}

interface KnownAttempt {
  readonly id: string;
  readonly step: string;
  readonly approval: unknown;
  readonly phase: string;
  readonly proposedAt: number;
  readonly verdict: Verdict | null;
}

type Change = (record: StepRecord) => StepRecord;

/** One event entered into the records of a resource's steps; the same records where it says nothing of a step. */
export function foldEvent(
  records: readonly StepRecord[],
  event: ResourceEvent,
  at: number,
  known: KnownAttempts | null,
): readonly StepRecord[] {
  switch (event.type) {
    case 'attempt-shadowed':
      return entered(records, event.step, at, decided);
    case 'approval-requested':
      return ofAttempt(records, event.attempt, at, known, decided);
    case 'approval-given':
      return ofAttempt(records, event.attempt, at, known, (record) => ({
        ...record,
        agreed: record.agreed + 1,
      }));
    case 'approval-denied':
      return ofAttempt(records, event.attempt, at, known, (record) => denied(record, event.by));
    case 'attempt-intended': {
      const wasAsked = find(known, event.attempt)?.approval != null;
      return entered(records, event.step, at, (record) => sent(wasAsked ? record : decided(record)));
    }
    case 'attempt-ended':
      return event.result.neverSent === true
        ? ofAttempt(records, event.attempt, at, known, (record) =>
            unsent(record, find(known, event.attempt)?.approval != null),
          )
        : records;
    case 'attempt-withdrawn':
      // What nobody was asked yet was no decision.
      return event.recovered === true && find(known, event.attempt)?.approval != null
        ? ofAttempt(records, event.attempt, at, known, recoveredFirst)
        : records;
    case 'verdict-given':
      return ofAttempt(records, event.attempt, at, known, (record) =>
        judged(record, event.attempt, event.verdict, at),
      );
    case 'incident-closed':
      return closed(records, event.credit, at, known);
    case 'incident-reopened':
      return relapsed(records, at, known);
    case 'attempt-harmful':
      return entered(records, event.step, at, (record) => ({
        ...record,
        harmful: record.harmful + 1,
        demoted: record.demoted ?? { at, attempt: event.attempt, reason: event.reason },
      }));
    case 'demotion-lifted':
      return entered(records, event.step, at, (record) => ({ ...record, demoted: null }));
    default:
      return records;
  }
}

function entered(records: readonly StepRecord[], step: string, at: number, change: Change) {
  const before = records.find((record) => record.step === step) ?? emptyRecord(step, at);
  const others = records.filter((record) => record.step !== step);
  return [...others, { ...change(before), lastAt: at }].slice(-recordsKept);
}

function ofAttempt(
  records: readonly StepRecord[],
  id: string,
  at: number,
  known: KnownAttempts | null,
  change: Change,
): readonly StepRecord[] {
  const attempt = find(known, id);
  return attempt === null ? records : entered(records, attempt.step, at, change);
}

function find(known: KnownAttempts | null, id: string): KnownAttempt | null {
  if (known === null) return null;
  if (known.attempt?.id === id) return known.attempt;
  return known.attempts.findLast((each) => each.id === id) ?? null;
}

const decided: Change = (record) => ({ ...record, decisions: record.decisions + 1 });
const sent: Change = (record) => ({ ...record, runs: record.runs + 1 });
/** The order never left: no run, and a decision only where a person was asked. */
function unsent(record: StepRecord, wasAsked: boolean): StepRecord {
  const decisions = wasAsked ? record.decisions : record.decisions - 1;
  return { ...record, decisions: Math.max(0, decisions), runs: Math.max(0, record.runs - 1) };
}

const recoveredFirst: Change = (record) => ({ ...record, recoveredFirst: record.recoveredFirst + 1 });

function denied(record: StepRecord, by: string): StepRecord {
  return by === 'nobody'
    ? { ...record, unanswered: record.unanswered + 1 }
    : { ...record, disagreed: record.disagreed + 1 };
}

function judged(record: StepRecord, attempt: string, verdict: Verdict, at: number): StepRecord {
  const recent = [...record.recent, { attempt, at, verdict }].slice(-recentKept);
  return { ...record, [verdict]: record[verdict] + 1, recent };
}

/** A recovery is owed to one attempt, or came by itself before what was decided could have brought it. */
function closed(
  records: readonly StepRecord[],
  credit: Credit,
  at: number,
  known: KnownAttempts | null,
): readonly StepRecord[] {
  if (credit.to === 'attempt') {
    return ofAttempt(records, credit.attempt, at, known, (record) => ({
      ...record,
      credited: record.credited + 1,
    }));
  }
  if (credit.to !== 'itself') return records;
  const since = known?.reopenedAt ?? 0;
  const needless = (known?.attempts ?? []).filter(
    ({ phase, proposedAt }) => proposedAt >= since && (phase === 'shadowed' || phase === 'ended'),
  );
  return needless.reduce((all, { step }) => entered(all, step, at, recoveredFirst), records);
}

function relapsed(
  records: readonly StepRecord[],
  at: number,
  known: KnownAttempts | null,
): readonly StepRecord[] {
  const last = known?.attempts.findLast(({ phase }) => phase === 'ended');
  if (last?.verdict !== 'effective') return records;
  return entered(records, last.step, at, (record) => ({ ...record, relapsed: record.relapsed + 1 }));
}
