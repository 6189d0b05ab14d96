import { guardOrder } from '../guards/guard-actions.ts';
import { argumentsOf } from '../parameters/arguments-of.ts';
import type { Step } from '../playbook/playbook.ts';
import type { AttemptOrder } from './command.ts';
import type { ActionResult, PermitDecision } from './input.ts';
import type { Attempt } from './state.ts';
import {
  change,
  changeAttempt,
  changeProgress,
  direct,
  openIncident,
  presentAttempt,
  progressOf,
  stepOf,
  type Turn,
} from './turn.ts';
import { beginVerification, giveVerdict } from './verify.ts';
import { withdraw } from './withdraw.ts';

/** What the engine may still bring after a deadline, and after its own start, where it looks for the order. */
const resultSlackMs = 15_000;
const lookedForMs = 180_000;
const dayMs = 86_400_000;
const startsKept = 1_000;
const unsentPauseMs = 30_000;
const unsentPauseLimitMs = 600_000;

function passingNodes(turn: Turn): readonly string[] {
  return turn.state.probes.flatMap(({ node, passed }) => (passed && node !== null ? [node] : []));
}

/** The decisive instant: the intent is written with the order, and only then is the backend called. */
export function intend(turn: Turn, step: Step, permit: Extract<PermitDecision, { type: 'granted' }>): void {
  const incident = openIncident(turn.state);
  const attempt = incident?.attempt ?? null;
  if (incident === null || attempt === null || attempt.targets === null) return;
  const filled = argumentsOf(step, incident, attempt, turn.facts);
  // The guardrail `arguments` lets nothing of the kind come so far.
  if (filled.arguments === null) return;
  const progress = progressOf(incident, step.id);
  const deadlineAt = turn.now + step.deadlineMs;
  changeAttempt(turn, {
    phase: 'in-flight',
    permit: { id: permit.permit, fence: permit.fence },
    startBefore: progress.startedAt,
    startedAt: turn.now,
    deadlineAt,
    run: progress.runs + 1,
    passingAtStart: passingNodes(turn),
  });
  changeProgress(turn, step.id, { runs: progress.runs + 1, startedAt: turn.now, notBefore: null });
  if (step.effect !== 'restores') {
    const starts = turn.state.starts.filter((at) => at > turn.now - dayMs);
    change(turn, { starts: [...starts, turn.now].slice(-startsKept) });
  }
  const { ids: targets, resolved } = attempt.targets;
  turn.events.push({
    type: 'attempt-intended',
    attempt: attempt.id,
    step: step.id,
    run: progress.runs + 1,
    permit: permit.permit,
    targets,
    resolved,
  });
  const order: AttemptOrder = {
    attempt: attempt.id,
    resource: turn.state.resource,
    incident: incident.id,
    step: step.id,
    action: step.action,
    effect: step.effect,
    arguments: filled.arguments,
    target: step.target,
    targets,
    resolved,
    fence: permit.fence,
    notAfter: turn.now + step.notAfterMs,
    deadlineAt,
  };
  turn.commands.push({ type: 'dispatch', order });
  tellGuards(turn, order);
}

/**
 * What is asked of guards goes the way of all directives, with the sequence of the incident: one that came beside it
 * would make guards drop those that follow.
 */
function tellGuards(turn: Turn, { action, arguments: given }: AttemptOrder): void {
  const told = guardOrder(action, given);
  if (told === null || typeof told === 'string') return;
  const { directive, ...bounds } = told;
  direct(turn, 'cohort', directive, 0, bounds);
  direct(turn, 'others', directive, 0, bounds);
}

export function receiveDispatched(turn: Turn, id: string, reference: string): void {
  const attempt = presentAttempt(turn.state);
  if (attempt?.id !== id || attempt.phase !== 'in-flight' || attempt.reference === reference) return;
  changeAttempt(turn, { reference });
  turn.events.push({ type: 'attempt-dispatched', attempt: id, reference });
}

/** The first result counts; a later one of the same attempt changes nothing. */
export function receiveResult(turn: Turn, id: string, result: ActionResult): void {
  const attempt = presentAttempt(turn.state);
  if (attempt?.id !== id || attempt.phase !== 'in-flight' || attempt.result !== null) return;
  turn.events.push({ type: 'attempt-ended', attempt: id, result });
  if (result.neverSent === true) takeBack(turn, attempt, result.summary);
  else changeAttempt(turn, { result });
}

/** Provably nobody took the order: no run, but not again at once either. */
function takeBack(turn: Turn, attempt: Attempt, summary: string): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const progress = progressOf(incident, attempt.step);
  const step = stepOf(turn.playbook, attempt.step);
  const unsent = progress.unsent + 1;
  const longest = Math.min(unsentPauseLimitMs, step?.everyMs ?? unsentPauseLimitMs);
  const pause = Math.min(longest, unsentPauseMs * 2 ** Math.min(unsent - 1, 10));
  changeProgress(turn, attempt.step, {
    runs: Math.max(0, progress.runs - 1),
    startedAt: attempt.startBefore,
    unsent,
    notBefore: turn.now + pause,
  });
  if (attempt.effect !== 'restores') {
    change(turn, { starts: turn.state.starts.filter((at) => at !== attempt.startedAt) });
  }
  withdraw(turn, `it was never sent: ${summary}`, 'unsent');
}

/** Waits for the result; of an unknown outcome the targets stay locked until the action's deadline. */
export function awaitResult(turn: Turn, attempt: Attempt, step: Step): boolean {
  const deadlineAt = attempt.deadlineAt ?? turn.now;
  const { result } = attempt;
  if (result === null) {
    const lookedFor = (turn.state.startedAt ?? 0) > (attempt.startedAt ?? 0);
    const looksUntil = lookedFor ? (turn.state.startedAt ?? 0) + lookedForMs : 0;
    const givesUpAt = Math.max(deadlineAt + resultSlackMs, looksUntil);
    if (turn.now < givesUpAt) {
      turn.wakes.push(givesUpAt);
      return false;
    }
    receiveResult(turn, attempt.id, {
      outcome: 'unknown',
      summary: 'no result by its deadline',
      targets: [],
    });
    return true;
  }
  if (result.outcome === 'unknown' && turn.now < deadlineAt) {
    turn.wakes.push(deadlineAt);
    return false;
  }
  const endedAt = result.outcome === 'unknown' ? Math.min(turn.now, deadlineAt) : turn.now;
  changeProgress(turn, attempt.step, { unsent: 0 });
  changeAttempt(turn, { endedAt });
  // Of a silent target, or one of which nothing is known, the order may still have done something.
  const failedEverywhere = result.targets.every(
    ({ outcome }) => outcome === 'failed' || outcome === 'refused',
  );
  if (result.outcome === 'failed' && failedEverywhere) {
    giveVerdict(turn, 'ineffective', `the action failed: ${result.summary}`);
  } else {
    beginVerification(turn, step, endedAt);
  }
  return true;
}
