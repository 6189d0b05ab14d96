import type { Directive } from '@prunella/protocol';
import type { Playbook, Step } from '../playbook/playbook.ts';
import type { Command } from './command.ts';
import type { ResourceEvent } from './event.ts';
import type { ResourceFacts } from './input.ts';
import type { Attempt, Incident, ResourceState, StepProgress } from './state.ts';

/** One call of `decide`: the state is replaced step by step, never changed in place. */
export interface Turn {
  state: ResourceState;
  readonly playbook: Playbook;
  readonly facts: ResourceFacts;
  readonly now: number;
  readonly events: ResourceEvent[];
  /** How many of them are in the records of the steps. */
  recorded: number;
  readonly commands: Command[];
  /** Times at which time alone may change something. */
  readonly wakes: number[];
}

export function change(turn: Turn, with_: Partial<ResourceState>): void {
  turn.state = { ...turn.state, ...with_ };
}

/** The incident that is open; null where none is. */
export function openIncident(state: ResourceState): Incident | null {
  return state.incident !== null && state.incident.closed === null ? state.incident : null;
}

export function changeIncident(turn: Turn, with_: Partial<Incident>): void {
  if (turn.state.incident === null) return;
  change(turn, { incident: { ...turn.state.incident, ...with_ } });
}

/** The attempt of the open incident that has not ended; null where there is none. */
export function presentAttempt(state: ResourceState): Attempt | null {
  return openIncident(state)?.attempt ?? null;
}

export function changeAttempt(turn: Turn, with_: Partial<Attempt>): void {
  const attempt = presentAttempt(turn.state);
  if (attempt !== null) changeIncident(turn, { attempt: { ...attempt, ...with_ } });
}

const attemptsKept = 64;

/** The attempt is over, one way or the other, and makes room for the next. */
export function retireAttempt(turn: Turn, with_: Partial<Attempt>): void {
  const incident = openIncident(turn.state);
  if (incident === null || incident.attempt === null) return;
  const ended: Attempt = { ...incident.attempt, ...with_ };
  const attempts = [...incident.attempts, ended].slice(-attemptsKept);
  const holds = incident.holds.filter((each) => each.attempt !== ended.id);
  changeIncident(turn, { attempt: null, attempts, holds });
}

export function stepOf(playbook: Playbook, id: string): Step | null {
  return playbook.ladder.find((step) => step.id === id) ?? null;
}

export function progressOf(incident: Incident, step: string): StepProgress {
  const known = incident.steps.find((each) => each.step === step);
  return known ?? { step, runs: 0, startedAt: null, notBefore: null, unsent: 0, refused: null };
}

export function changeProgress(turn: Turn, step: string, with_: Partial<StepProgress>): void {
  const incident = turn.state.incident;
  if (incident === null) return;
  const progress = { ...progressOf(incident, step), ...with_ };
  const others = incident.steps.filter((each) => each.step !== step);
  changeIncident(turn, { steps: [...others, progress] });
}

/** Sends guards a directive, with the next sequence of the incident. */
export function direct(
  turn: Turn,
  to: 'cohort' | 'others',
  directive: Directive['directive'],
  spreadMs: number,
  bounds: Pick<Directive, 'forMs' | 'share'> = {},
): void {
  const incident = turn.state.incident;
  if (incident === null) return;
  const sequence = incident.directiveSequence + 1;
  changeIncident(turn, { directiveSequence: sequence });
  const resource = turn.state.resource;
  turn.commands.push({
    type: 'direct',
    to,
    directive: { directive, resource, incident: incident.id, sequence, spreadMs, ...bounds },
  });
}

export function notify(turn: Turn, incident: string, needsPerson: boolean, text: string): void {
  turn.commands.push({ type: 'notify', resource: turn.state.resource, incident, needsPerson, text });
}
