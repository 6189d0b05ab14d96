import { isTrue } from '../condition/condition.ts';
import type { Step } from '../playbook/playbook.ts';
import { kindsShown } from './evidence.ts';
import { answersFor, keepHolds, refuseStep } from './holds.ts';
import { chooseStep, isSpent, type LadderView, nextDue } from './ladder.ts';
import { newAttempt } from './new-attempt.ts';
import { meansNobody, orderResolve } from './resolve.ts';
import type { Attempt, Incident } from './state.ts';
import {
  changeIncident,
  changeProgress,
  notify,
  openIncident,
  progressOf,
  stepOf,
  type Turn,
} from './turn.ts';
import { withdraw } from './withdraw.ts';

/** How long a step at least that made room for another leaves it the place. */
const displacedAtLeastMs = 30_000;

export function ladderView(
  turn: Pick<Turn, 'state' | 'playbook' | 'facts'>,
  incident: Incident,
  stoodAside: ReadonlySet<string> = new Set(),
): LadderView {
  const kinds = kindsShown(turn.state);
  const { resource, labels } = turn.facts;
  const asked = { resource, labels, signal: incident.signal ?? null, faults: kinds };
  return {
    rungs: turn.playbook.ladder.map((step) => ({
      step,
      progress: progressOf(incident, step.id),
      stoodAside: stoodAside.has(step.id),
      unwanted: step.if !== undefined && !isTrue(step.if, 'step', asked),
    })),
    from: incident.ladderFrom,
    kinds,
  };
}

/** Proposes the step that is due and that nothing holds. True where one was proposed. */
export function climb(turn: Turn): boolean {
  const incident = openIncident(turn.state);
  if (incident === null || (incident.attempt !== null && !standsAside(turn, incident.attempt))) return false;
  if (incident.ladder.state !== 'climbing' || incident.healthySince !== null) {
    liftHolds(turn, incident, new Set());
    return false;
  }
  const displaced = displacedSteps(turn, incident);
  const aside = new Set(incident.attempt === null ? displaced : [...displaced, incident.attempt.step]);
  const held = new Set<string>();
  // Each round proposes, refuses or sets aside one step, or is the last.
  for (let round = 0; round <= turn.playbook.ladder.length; round += 1) {
    const present = openIncident(turn.state);
    if (present === null) return false;
    const step = chooseStep(ladderView(turn, present, aside), turn.now);
    if (step === null) break;
    const { refusal, holds } = answersFor(turn, { ...present, attempt: null }, step, null);
    if (refusal !== null) {
      refuseStep(turn, step.id, refusal);
    } else if (holds.length === 0 && present.attempt !== null && meansNobody(turn, present, step)) {
      // It would be held in the same turn, for want of a target.
      aside.add(step.id);
    } else if (holds.length === 0) {
      liftHolds(turn, present, held);
      if (present.attempt !== null) makeRoom(turn, present.attempt, step);
      propose(turn, step);
      return true;
    } else {
      held.add(step.id);
      keepHolds(turn, step.id, null, holds);
      if (step.onHold === 'wait') break;
      aside.add(step.id);
    }
  }
  finish(turn, aside, held);
  return false;
}

/** What its targets showed holds it before anybody was asked, and the playbook says that others need not wait. */
function standsAside(turn: Turn, { phase, resolveAskedAt, step }: Attempt): boolean {
  const isHeld = phase === 'resolving' && resolveAskedAt === null;
  return isHeld && stepOf(turn.playbook, step)?.onHold === 'next';
}

/** Its step is looked at again at the end of its hold, else two such steps took turns as fast as they are answered. */
function makeRoom(turn: Turn, { step, heldUntil }: Attempt, other: Step): void {
  withdraw(turn, `it is held, and ${other.id} need not wait for it`);
  const notBefore = Math.max(heldUntil ?? 0, turn.now + displacedAtLeastMs);
  changeProgress(turn, step, { notBefore });
}

/** Those that made room and whose hold has not ended: others need not wait for them. */
function displacedSteps(turn: Turn, { steps }: Incident): readonly string[] {
  return steps.flatMap(({ step, notBefore, unsent }) => {
    const isDisplaced = notBefore !== null && notBefore > turn.now && unsent === 0;
    if (!isDisplaced || stepOf(turn.playbook, step)?.onHold !== 'next') return [];
    turn.wakes.push(notBefore);
    return [step];
  });
}

function finish(turn: Turn, aside: ReadonlySet<string>, held: ReadonlySet<string>): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  liftHolds(turn, incident, held);
  const view = ladderView(turn, incident, aside);
  const next = nextDue(view);
  if (next !== null && next.at > turn.now) turn.wakes.push(next.at);
  if (isSpent(view)) exhaust(turn, incident);
}

function liftHolds(turn: Turn, incident: Incident, held: ReadonlySet<string>): void {
  const present = openIncident(turn.state) ?? incident;
  const holds = present.holds.filter((each) => each.attempt !== null || held.has(each.step));
  if (holds.length !== present.holds.length) changeIncident(turn, { holds });
}

function exhaust(turn: Turn, incident: Incident): void {
  const refused = incident.steps.filter((step) => step.refused !== null).map((step) => step.step);
  const reason =
    refused.length === 0
      ? 'every step has had all its runs'
      : `every step has had all its runs or is refused (${refused.join(', ')})`;
  changeIncident(turn, { ladder: { state: 'exhausted', since: turn.now, reason } });
  turn.events.push({ type: 'incident-exhausted', reason });
  notify(turn, incident.id, true, `${turn.state.resource} is exhausted: ${reason}; a person must look`);
}

function propose(turn: Turn, step: Step): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const count = incident.attemptCount + 1;
  const run = progressOf(incident, step.id).runs + 1;
  const attempt = newAttempt(`${incident.id}.${count}`, step, run, turn.now);
  changeIncident(turn, { attempt, attemptCount: count });
  turn.events.push({ type: 'attempt-proposed', attempt: attempt.id, step: step.id, run });
  orderResolve(turn, step);
}
