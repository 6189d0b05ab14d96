import type { Refusal } from '../guardrails/guardrail.ts';
import { askGuardrails, type GuardrailAnswers } from '../guardrails/registry.ts';
import type { Step } from '../playbook/playbook.ts';
import { assess } from './evidence.ts';
import type { Hold } from './input.ts';
import type { Attempt, Incident } from './state.ts';
import { changeIncident, changeProgress, openIncident, type Turn } from './turn.ts';

/** What every guardrail says of the step now. */
export function answersFor(
  turn: Turn,
  incident: Incident,
  step: Step,
  attempt: Attempt | null,
): GuardrailAnswers {
  return askGuardrails({
    now: turn.now,
    state: turn.state,
    incident,
    playbook: turn.playbook,
    resource: turn.facts,
    step,
    attempt,
    assessment: assess(turn.state.summary, turn.playbook),
  });
}

/** Keeps the open holds of a step; each guardrail is told once while it holds. */
export function keepHolds(turn: Turn, step: string, attempt: string | null, holds: readonly Hold[]): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const known = incident.holds.filter((each) => each.step === step && each.attempt === attempt);
  if (known.length === 0 && holds.length === 0) return;
  for (const hold of holds) {
    if (hold.until !== null && hold.until > turn.now) turn.wakes.push(hold.until);
    if (known.some((each) => each.hold.guardrail === hold.guardrail)) continue;
    turn.events.push({ type: 'attempt-held', step, attempt, hold });
  }
  const others = incident.holds.filter((each) => each.step !== step || each.attempt !== attempt);
  const suppressedBy = holds.map(({ guardrail }) => guardrail).find(isSuppression);
  changeIncident(turn, {
    holds: [...others, ...holds.map((hold) => ({ step, attempt, hold }))],
    ...(suppressedBy === undefined ? {} : { suppressedBy }),
  });
}

function isSuppression(guardrail: string): guardrail is 'upstream' | 'maintenance' {
  return guardrail === 'upstream' || guardrail === 'maintenance';
}

/** The step is passed over for the rest of this incident. */
export function refuseStep(turn: Turn, step: string, refusal: Refusal): void {
  const { guardrail, reason } = refusal;
  changeProgress(turn, step, { refused: { guardrail, reason } });
  turn.events.push({ type: 'attempt-refused', step, guardrail, reason });
}
