import {
  decide,
  explain,
  initialResourceState,
  type Playbook,
  type ResourceFacts,
  type ResourceInput,
  type ResourceState,
  renderExplanation,
  viewIncidents,
  whyNot,
} from '@prunella/core';

const dayMs = 86_400_000;
/** Spans that the design names and no playbook can change. */
const fixedMs = [0, 1_000, 5_000, 10_000, 30_000, 60_000, 600_000, 3_600_000, dayMs];

/** Every time that a value names, ms since the Unix epoch. */
export const timesIn = (value: unknown): readonly number[] => [
  ...new Set([...JSON.stringify(value).matchAll(/\b1[78]\d{11}\b/g)].map(([text]) => Number(text))),
];

/** Every span that a playbook names. */
const spansIn = (playbook: Playbook): readonly number[] => [
  ...new Set([...JSON.stringify(playbook).matchAll(/Ms":(\d+)/g)].map(([, text]) => Number(text))),
];

/**
 * From `now` on, the instants at which anything that the value says may end or fall due, with the millisecond
 * before each: a time in it, or a span after one. The nearest `atMost`.
 */
export function instants(value: unknown, playbook: Playbook, now: number, atMost: number): readonly number[] {
  const spans = [...new Set([...fixedMs, ...spansIn(playbook)])];
  const times = [...timesIn(value), now];
  const due = times.flatMap((time) => spans.map((span) => time + span));
  const soon = [...new Set(due)].filter((at) => at > now && at <= now + 2 * dayMs);
  return soon
    .toSorted((left, right) => left - right)
    .slice(0, atMost)
    .flatMap((at) => [at - 1, at]);
}

export interface Subject {
  readonly state: ResourceState;
  readonly playbook: Playbook;
  readonly facts: ResourceFacts;
}

/** All that core says to people of a resource. */
export function told({ state, playbook, facts }: Subject, now: number): string {
  return JSON.stringify([
    renderExplanation(explain(state, playbook, facts, state.fleet, now), now),
    explain(state, null, facts, state.fleet, now),
    playbook.ladder.map(({ id }) => whyNot(state, playbook, facts, id, now)),
    viewIncidents(state),
  ]);
}

/** What is decided, and the whole state where anything was. */
export function decided({ state, playbook, facts }: Subject, input: ResourceInput, now: number) {
  const decision = decide(state, input, playbook, facts, now);
  const { events, commands } = decision;
  const isQuiet = events.length === 0 && commands.every(({ type }) => type === 'wake');
  return {
    next: decision.state,
    text: JSON.stringify(isQuiet && input.type === 'tick' ? { events, commands } : decision),
  };
}

/** What sets one state apart from another of the same story, numbers and times left out. */
const kindOf = (state: ResourceState): string =>
  JSON.stringify({ ...state, wakeAt: null, probeAskedAt: null }, (_, value: unknown) =>
    typeof value === 'number' ? Math.sign(value) : value,
  ).replaceAll(/\d+/g, '0');

export interface Moment {
  readonly now: number;
  readonly state: ResourceState;
}

/** The states that a resource's machine was in, one of each kind, spread over the whole. */
export function momentsOf(
  inputs: readonly { readonly at: number; readonly input: ResourceInput }[],
  playbook: Playbook,
  facts: ResourceFacts,
  atMost: number,
): readonly Moment[] {
  const moments = new Map<string, Moment>();
  let state = initialResourceState(facts.resource);
  for (const { at, input } of inputs) {
    state = decide(state, input, playbook, facts, at).state;
    const kind = kindOf(state);
    if (!moments.has(kind)) moments.set(kind, { now: at, state });
  }
  const all = [...moments.values()];
  const stride = Math.max(1, all.length / atMost);
  return Array.from({ length: Math.min(atMost, all.length) }, (_, index) => {
    const moment = all[Math.floor(index * stride)];
    if (moment === undefined) throw new RangeError('there is no such moment');
    return moment;
  });
}
