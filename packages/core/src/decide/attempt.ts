import type { Step } from '../playbook/playbook.ts';
import { awaitApproval, requestApproval } from './approve.ts';
import { awaitResult } from './flight.ts';
import { answersFor, keepHolds, refuseStep } from './holds.ts';
import type { Hold } from './input.ts';
import { awaitPermit, recheck } from './recheck.ts';
import { failsOnlyNow, orderResolve, waitsForTargets } from './resolve.ts';
import type { Attempt, AttemptPhase, Incident } from './state.ts';
import {
  changeAttempt,
  changeProgress,
  openIncident,
  presentAttempt,
  progressOf,
  retireAttempt,
  stepOf,
  type Turn,
} from './turn.ts';
import { verify } from './verify.ts';
import { withdraw } from './withdraw.ts';

/** What each phase does with a turn; true where it went on to another phase. */
const phases: Readonly<Record<AttemptPhase, ((turn: Turn, attempt: Attempt, step: Step) => boolean) | null>> =
  {
    resolving: goOnFromTargets,
    'awaiting-approval': awaitApproval,
    rechecking: recheck,
    'awaiting-permit': awaitPermit,
    'in-flight': awaitResult,
    verifying: verify,
    ended: null,
    withdrawn: null,
    shadowed: null,
  };

/** Moves the present attempt on by one phase, where it can. */
export function advanceAttempt(turn: Turn): boolean {
  const attempt = openIncident(turn.state)?.attempt ?? null;
  if (attempt === null) return false;
  const step = stepOf(turn.playbook, attempt.step);
  if (step === null) return leaveUnknownStep(turn, attempt);
  return phases[attempt.phase]?.(turn, attempt, step) ?? false;
}

/** The playbook has no such step any more. What is in flight is still waited for, as the engine keeps it. */
function leaveUnknownStep(turn: Turn, attempt: Attempt): boolean {
  if (attempt.phase === 'in-flight' || attempt.phase === 'verifying') {
    const [step] = turn.playbook.ladder;
    return phases[attempt.phase]?.(turn, attempt, step) ?? false;
  }
  withdraw(turn, `the playbook has no step ${attempt.step} any more`);
  return true;
}

function goOnFromTargets(turn: Turn, attempt: Attempt, step: Step): boolean {
  const incident = openIncident(turn.state);
  if (incident === null || waitsForTargets(turn, attempt, step)) return false;
  const isNew = failsOnlyNow(turn, incident, step, attempt);
  if (!isNew && attempt.heldUntil !== null && isStillHeld(turn, incident, attempt, step, attempt.heldUntil)) {
    turn.wakes.push(attempt.heldUntil);
    return false;
  }
  if (isNew || attempt.heldUntil !== null || attempt.targets === null) {
    orderResolve(turn, step);
    // Where nobody had to be asked, the guardrails look at it at once.
    return presentAttempt(turn.state)?.resolveAskedAt === null;
  }
  const { refusal, holds, autonomy } = answersFor(turn, incident, step, attempt);
  if (refusal !== null) {
    withdraw(turn, refusal.reason);
    refuseStep(turn, step.id, refusal);
    return true;
  }
  const others = holds.filter(isObjection);
  if (others.length > 0) {
    const until = others.map((hold) => hold.until).find((at) => at !== null) ?? null;
    if (until !== null) changeAttempt(turn, { heldUntil: until });
    keepHolds(turn, step.id, attempt.id, others);
    return false;
  }
  changeAttempt(turn, { autonomy });
  keepHolds(turn, step.id, attempt.id, []);
  const asked = holds.find((hold) => hold.guardrail === 'approval');
  if (autonomy === 'shadow') shadow(turn, attempt, step);
  else if (asked !== undefined) requestApproval(turn, attempt, asked);
  else changeAttempt(turn, { phase: 'rechecking', recheckSince: null });
  return true;
}

/** What was waited for may end before its time, such as a maintenance or another's job; then nothing is waited for. */
function isStillHeld(turn: Turn, incident: Incident, attempt: Attempt, step: Step, until: number): boolean {
  if (turn.now >= until) return false;
  // They could not be resolved: nothing but time says when to ask again.
  if (attempt.targets === null) return true;
  return answersFor(turn, incident, step, attempt).holds.some(isObjection);
}

/** A person's yes, and autonomy, are asked for where nothing else stands in the way. */
function isObjection({ guardrail }: Hold): boolean {
  return guardrail !== 'approval' && guardrail !== 'autonomy';
}

/** It only says what it would do; for the ladder it counts as a run, so that the whole of it is shown. */
function shadow(turn: Turn, attempt: Attempt, step: Step): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const { runs } = progressOf(incident, step.id);
  changeProgress(turn, step.id, { runs: runs + 1, startedAt: turn.now });
  turn.events.push({ type: 'attempt-shadowed', attempt: attempt.id, step: step.id });
  retireAttempt(turn, { phase: 'shadowed', autonomy: 'shadow' });
}
