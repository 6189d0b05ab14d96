import type { LogEntry } from '@prunella/core';

/** What one outage took, phase by phase; ms. Of the steps, the mild one that cannot help and the one that heals. */
export interface Phases {
  /** From the time that the playbook waits for, `open.after` past the first fault, to the incident being open: confirmed. */
  readonly confirmed: number;
  /** From when each step was due and could run to the permit being granted. */
  readonly granted: readonly number[];
  /** From each permit to its backend having taken the order. */
  readonly called: readonly number[];
  /** Of the step that heals: until its action has ended. */
  readonly acted: number;
  /** From there to the own probe passing: what the database itself needs to start. */
  readonly answering: number;
  /** From the database answering to the verdict. */
  readonly verified: number;
  /** From the opening threshold to the verdict that all is well. */
  readonly recovered: number;
}

export interface Waits {
  readonly openAfterMs: number;
  /** Of the steps, from the first fault on, the mildest first. */
  readonly stepsAfterMs: readonly number[];
}

/** Throws where the log of an outage does not tell of a recovery by its second step. */
export function phasesOf(entries: readonly LogEntry[], { openAfterMs, stepsAfterMs }: Waits): Phases {
  const opening = entries.find(({ event }) => isOpening(event));
  if (opening === undefined || !isOpening(opening.event)) throw new Error('no incident was opened');
  const firstFaultAt = opening.event.firstFaultAt;
  const threshold = firstFaultAt + openAfterMs;
  let free = opening.at;
  const granted: number[] = [];
  const called: number[] = [];
  let last = { calledAt: 0, endedAt: 0, verdictAt: 0 };
  for (const [index, afterMs] of stepsAfterMs.entries()) {
    const intents = entries.filter(({ event }) => event.type === 'attempt-intended');
    const intended = intents[index];
    if (intended?.event.type !== 'attempt-intended') throw new Error(`no attempt ${index + 1} was made`);
    const { attempt } = intended.event;
    const at = (type: 'attempt-dispatched' | 'attempt-ended' | 'verdict-given') => {
      const found = entries.find(({ event }) => event.type === type && event.attempt === attempt);
      if (found === undefined) throw new Error(`attempt ${index + 1} has no ${type}`);
      return found.at;
    };
    granted.push(intended.at - Math.max(free, firstFaultAt + afterMs));
    called.push(at('attempt-dispatched') - intended.at);
    last = {
      calledAt: at('attempt-dispatched'),
      endedAt: at('attempt-ended'),
      verdictAt: at('verdict-given'),
    };
    free = last.verdictAt;
  }
  const passing = entries.find(
    ({ at, event }) => at >= last.calledAt && event.type === 'probe-changed' && event.passed,
  );
  const answersAt = Math.max(last.endedAt, passing?.at ?? last.endedAt);
  return {
    confirmed: opening.at - threshold,
    granted,
    called,
    acted: last.endedAt - last.calledAt,
    answering: answersAt - last.endedAt,
    verified: last.verdictAt - answersAt,
    recovered: last.verdictAt - threshold,
  };
}

function isOpening(
  event: LogEntry['event'],
): event is Extract<LogEntry['event'], { type: 'incident-opened' | 'incident-reopened' }> {
  return event.type === 'incident-opened' || event.type === 'incident-reopened';
}
