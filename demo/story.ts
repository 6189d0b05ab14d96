import type { Credit, LogEntry, ResourceEvent, Verdict } from '@prunella/core';

interface AttemptStory {
  readonly attempt: string;
  readonly step: string;
  readonly intendedAt: number;
  endedAt: number | null;
  verdict: Verdict | null;
  verdictAt: number | null;
}

/** What the healer's log told of one outage, times by the healer's clock. */
export interface Outage {
  readonly brokenAt: number;
  suspectedAt: number | null;
  openedAt: number | null;
  openedBecause: string | null;
  readonly attempts: AttemptStory[];
  closedAt: number | null;
  credit: Credit | null;
}

export function beginOutage(brokenAt: number): Outage {
  return {
    brokenAt,
    suspectedAt: null,
    openedAt: null,
    openedBecause: null,
    attempts: [],
    closedAt: null,
    credit: null,
  };
}

/** Takes one line of the log into the outage. Lines from before the break are of an earlier one. */
export function followOutage(outage: Outage, { at, event }: LogEntry): void {
  if (at < outage.brokenAt) return;
  const attempt =
    'attempt' in event ? outage.attempts.find((known) => known.attempt === event.attempt) : undefined;
  switch (event.type) {
    case 'incident-suspected':
      outage.suspectedAt ??= at;
      return;
    case 'incident-opened':
    case 'incident-reopened':
      outage.openedAt ??= at;
      outage.openedBecause ??= event.reason;
      return;
    case 'attempt-intended':
      outage.attempts.push({
        attempt: event.attempt,
        step: event.step,
        intendedAt: at,
        endedAt: null,
        verdict: null,
        verdictAt: null,
      });
      return;
    case 'attempt-ended':
      if (attempt) attempt.endedAt = at;
      return;
    case 'verdict-given':
      if (attempt) {
        attempt.verdict = event.verdict;
        attempt.verdictAt = at;
      }
      return;
    case 'incident-closed':
      outage.closedAt = at;
      outage.credit = event.credit;
      return;
    default:
      return;
  }
}

/** What would only be noise on this screen; the rest of the log is shown as the healer words it. */
const quiet: ReadonlySet<ResourceEvent['type']> = new Set([
  'summary-changed',
  'instances-changed',
  'healer-started',
  'attempt-proposed',
  'targets-resolved',
  'attempt-dispatched',
]);

export function isWorthALine(event: ResourceEvent): boolean {
  return !quiet.has(event.type);
}

/**
 * What the outage should have shown and did not, as sentences; none where the healing went as it must: opened,
 * a first step that cannot cure a dead process found ineffective, a second one that healed, closed by its credit.
 */
export function missingFrom(outage: Outage): readonly string[] {
  const missing: string[] = [];
  const [first, second] = outage.attempts;
  if (outage.suspectedAt === null) missing.push('the incident was never suspected');
  if (outage.openedAt === null) missing.push('the incident was never opened');
  if (first?.verdict !== 'ineffective') {
    missing.push(
      `the first step should have been found ineffective, its verdict was ${first?.verdict ?? 'none'}`,
    );
  }
  if (second?.verdict !== 'effective') {
    missing.push(`the second step should have healed, its verdict was ${second?.verdict ?? 'none'}`);
  }
  if (first !== undefined && first.step === second?.step) missing.push('both attempts were of the same step');
  if (outage.closedAt === null) missing.push('the incident was never closed');
  if (outage.credit?.to !== 'attempt' || outage.credit.attempt !== second?.attempt) {
    missing.push('the recovery was not credited to the second attempt');
  }
  return missing;
}
