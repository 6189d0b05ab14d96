import { ladderView } from '../decide/climb.ts';
import { answersFor } from '../decide/holds.ts';
import type { ResourceFacts } from '../decide/input.ts';
import { whyNotDue } from '../decide/ladder.ts';
import type { Attempt, Incident, ResourceState } from '../decide/state.ts';
import { openIncident, progressOf, type Turn } from '../decide/turn.ts';
import { duration } from '../decide/wording.ts';
import { nearest } from '../document/nearest.ts';
import type { Playbook, Step } from '../playbook/playbook.ts';
import { explain } from './explain.ts';

/** Why an action does not run at a resource now. */
export interface WhyNot {
  readonly resource: string;
  readonly action: string;
  /** True where it runs, or nothing stands against it: then there is no reason. */
  readonly runs: boolean;
  readonly answer: string;
  /** Every one of them, in the order of the ladder's rules and then of the guardrails. */
  readonly reasons: readonly WhyNotReason[];
}

export interface WhyNotReason {
  /** A guardrail's name, or `playbook`, `incident`, `ladder`, `attempt`. */
  readonly rule: string;
  readonly reason: string;
  /** When it is looked at again; null where only an event can change it. */
  readonly until: number | null;
  /** What a person can do; null where nothing. */
  readonly remedy: string | null;
}

/**
 * The answer to `prunella explain RESOURCE --why-not ACTION`. `action` is a step's action or its id. Total, and
 * by the same rules as `decide`; it changes nothing. `playbook` null: none matches the resource.
 */
export function whyNot(
  state: ResourceState,
  playbook: Playbook | null,
  facts: ResourceFacts,
  action: string,
  now: number,
): WhyNot {
  const asked = { resource: state.resource, action };
  if (playbook === null) {
    return because(asked, [
      reason(
        'playbook',
        'no playbook is for this resource: it is only shown',
        'write one whose `for` matches it',
      ),
    ]);
  }
  const step = stepFor(playbook, openIncident(state), action);
  if (step === null) return because(asked, [unknownAction(playbook, action)]);
  const incident = openIncident(state);
  if (incident === null) return because(asked, [notOpen(state, playbook, facts, now)]);
  const attempt = incident.attempt?.step === step.id ? incident.attempt : null;
  if (attempt?.phase === 'in-flight') {
    return { ...asked, runs: true, answer: `it runs now, as attempt ${attempt.id}`, reasons: [] };
  }
  const turn: Turn = { state, playbook, facts, now, events: [], recorded: 0, commands: [], wakes: [] };
  const reasons = [
    ...(attempt === null ? fromLadder(turn, incident, step) : fromAttempt(attempt)),
    ...fromGuardrails(turn, incident, step, attempt),
  ];
  if (reasons.length > 0) return because(asked, reasons);
  return { ...asked, runs: true, answer: 'nothing stands against it: it is about to run', reasons: [] };
}

function reason(
  rule: string,
  text: string,
  remedy: string | null = null,
  until: number | null = null,
): WhyNotReason {
  return { rule, reason: text, until, remedy };
}

function because(
  asked: { readonly resource: string; readonly action: string },
  reasons: readonly WhyNotReason[],
): WhyNot {
  return { ...asked, runs: false, answer: reasons.map((each) => each.reason).join('; '), reasons };
}

/** Of several steps with the same action the first that has runs left, or the last. */
function stepFor(playbook: Playbook, incident: Incident | null, action: string): Step | null {
  const steps = playbook.ladder.filter((step) => step.id === action || step.action === action);
  const open = steps.find((step) => incident === null || progressOf(incident, step.id).runs < step.max);
  return open ?? steps[steps.length - 1] ?? null;
}

function unknownAction(playbook: Playbook, action: string): WhyNotReason {
  const names = playbook.ladder.flatMap((step) => [step.id, step.action]);
  const near = nearest(action, names);
  const meant = near === null ? `its steps are ${[...new Set(names)].join(', ')}` : `did you mean ${near}?`;
  return reason(
    'playbook',
    `playbook ${playbook.name} has no step with ${action}; ${meant}`,
    `add a step to playbook ${playbook.name}`,
  );
}

function notOpen(state: ResourceState, playbook: Playbook, facts: ResourceFacts, now: number): WhyNotReason {
  const explained = explain(state, playbook, facts, state.fleet, now);
  const remedy = explained.remedies[0] ?? null;
  return reason(
    'incident',
    `no incident is open: ${explained.state}: ${explained.reason}`,
    remedy,
    explained.next.at,
  );
}

function fromLadder(turn: Turn, incident: Incident, step: Step): WhyNotReason[] {
  if (incident.healthySince !== null) {
    return [
      reason('ladder', `it seems to be over: all is well for ${duration(turn.now - incident.healthySince)}`),
    ];
  }
  const notDue = whyNotDue(ladderView(turn, incident), step.id, turn.now);
  return notDue === null ? [] : [reason('ladder', notDue.reason, null, notDue.until)];
}

/** It is under way, and this is how far. */
function fromAttempt(attempt: Attempt): WhyNotReason[] {
  switch (attempt.phase) {
    case 'verifying':
      return [
        reason('attempt', `attempt ${attempt.id} has ended and is verified`, null, attempt.windowEndsAt),
      ];
    case 'resolving':
      return attempt.resolveAskedAt === null
        ? []
        : [reason('attempt', `attempt ${attempt.id} waits to learn whom its target means`)];
    case 'rechecking':
      return [reason('attempt', `attempt ${attempt.id} waits for fresh evidence`, null, attempt.heldUntil)];
    case 'awaiting-permit':
      return [reason('attempt', `attempt ${attempt.id} waits for the fleet's permit`)];
    default:
      return [];
  }
}

function fromGuardrails(turn: Turn, incident: Incident, step: Step, attempt: Attempt | null): WhyNotReason[] {
  const { refusal, holds, autonomy } = answersFor(turn, incident, step, attempt);
  const found = holds.map((hold) => reason(hold.guardrail, hold.reason, hold.remedy, hold.until));
  if (refusal !== null) found.unshift(reason(refusal.guardrail, refusal.reason));
  const kept = incident.holds
    .filter(
      (each) => each.step === step.id && !holds.some(({ guardrail }) => guardrail === each.hold.guardrail),
    )
    .map(({ hold }) => reason(hold.guardrail, hold.reason, hold.remedy, hold.until));
  const isAsked = [...found, ...kept].some(({ rule }) => rule === 'approval' || rule === 'autonomy');
  // Before it is proposed, nobody is asked yet; a person shall know that it will be.
  if (attempt === null && autonomy !== 'auto' && !isAsked) {
    const what =
      autonomy === 'shadow' ? 'only says what it would do' : 'waits for a person once it is proposed';
    found.push(reason('autonomy', `step ${step.id} is \`${autonomy}\`: it ${what}`));
  }
  return [...found, ...kept];
}
