import type { Step } from '../playbook/playbook.ts';
import { keepHolds, refuseStep } from './holds.ts';
import type { Hold } from './input.ts';
import type { Attempt } from './state.ts';
import { changeAttempt, notify, openIncident, presentAttempt, type Turn } from './turn.ts';
import { withdraw } from './withdraw.ts';

export function requestApproval(turn: Turn, attempt: Attempt, hold: Hold): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const expiresAt = turn.now + turn.playbook.limits.approvalMs;
  const approval = { requestedAt: turn.now, expiresAt, by: null };
  changeAttempt(turn, { phase: 'awaiting-approval', approval });
  turn.events.push({ type: 'approval-requested', attempt: attempt.id, expiresAt });
  keepHolds(turn, attempt.step, attempt.id, [hold]);
  notify(turn, incident.id, true, `${turn.state.resource}: ${hold.reason}; ${hold.remedy}`);
}

/** No answer in time is a no. */
export function awaitApproval(turn: Turn, attempt: Attempt, step: Step): boolean {
  const expiresAt = attempt.approval?.expiresAt ?? turn.now;
  if (turn.now < expiresAt) {
    turn.wakes.push(expiresAt);
    return false;
  }
  deny(turn, attempt, step.id, 'nobody', 'nobody answered in time');
  return true;
}

export function deny(turn: Turn, attempt: Attempt, step: string, by: string, reason: string): void {
  turn.events.push({ type: 'approval-denied', attempt: attempt.id, by, reason });
  if (attempt.approval !== null) changeAttempt(turn, { approval: { ...attempt.approval, deniedBy: by } });
  const denied = `not approved by ${by}${reason === '' ? '' : `: ${reason}`}`;
  withdraw(turn, denied);
  refuseStep(turn, step, {
    refused: true,
    guardrail: 'approval',
    reason: denied,
  });
}

/** A person said yes to these targets. Evidence is looked at afresh before anything is sent. */
export function approve(turn: Turn, by: string): void {
  const attempt = presentAttempt(turn.state);
  if (attempt?.approval == null) return;
  const expiresAt = turn.now + turn.playbook.limits.approvalMs;
  changeAttempt(turn, {
    phase: 'rechecking',
    approval: { ...attempt.approval, by, expiresAt },
    recheckSince: null,
  });
  keepHolds(turn, attempt.step, attempt.id, []);
  turn.events.push({ type: 'approval-given', attempt: attempt.id, by });
}
