import { expect, it } from 'vitest';
import type { PermitRequest } from '../decide/command.ts';
import type { PermitDecision } from '../decide/input.ts';
import { decideFleet } from './fleet.ts';
import { initialFleetState } from './initial.ts';
import type { FleetState } from './state.ts';

const began = 1_800_000_000_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const request = (number: number, change: Partial<PermitRequest> = {}): PermitRequest => ({
  resource: 'redis/main',
  incident: 'i',
  attempt: `a${number}`,
  effect: 'repairs',
  targets: [`m${number}`],
  attemptsPerDay: 100,
  disruptivePerFleetHour: 100,
  ...change,
});

function ask(state: FleetState, asked: PermitRequest, now: number) {
  const decision = decideFleet(state, { type: 'request', request: asked }, now);
  return { state: decision.state, answer: decision.permits.at(-1)?.decision };
}

/** After attempts that were granted, used and released, at these times. */
function after(times: readonly number[], change: (index: number) => Partial<PermitRequest>): FleetState {
  let state = initialFleetState('a', 1);
  for (const [index, at] of times.entries()) {
    const given = ask(state, request(index, change(index)), at);
    expect(given.answer?.type).toBe('granted');
    state = decideFleet(given.state, { type: 'used', attempt: `a${index}` }, at).state;
    state = decideFleet(state, { type: 'release', attempt: `a${index}` }, at + 1).state;
  }
  return state;
}

const holdOf = (answer: PermitDecision | undefined) => (answer?.type === 'held' ? answer.hold : null);

it('a resource has its attempts of a day, and waits until the oldest is a day old', () => {
  const state = after([began, began + hourMs, began + 2 * hourMs], () => ({ attemptsPerDay: 3 }));
  const asked = request(9, { attemptsPerDay: 3 });
  const held = {
    guardrail: 'budget',
    reason: '3 attempts for redis/main in a day; the limit is 3',
    until: began + dayMs,
    remedy: 'repair by hand, or raise limits.attemptsPerDay in the playbook',
  };
  expect(holdOf(ask(state, asked, began + 3 * hourMs).answer)).toEqual(held);
  expect(holdOf(ask(state, asked, began + dayMs - 1).answer)).toEqual(held);
  expect(ask(state, asked, began + dayMs).answer?.type).toBe('granted');
  expect(ask(state, { ...asked, resource: 'redis/other' }, began + 3 * hourMs).answer?.type).toBe('granted');
  expect(holdOf(ask(state, { ...asked, attemptsPerDay: 2 }, began + 3 * hourMs).answer)).toEqual({
    ...held,
    reason: '3 attempts for redis/main in a day; the limit is 2',
    until: began + hourMs + dayMs,
  });
});

it('what only restores counts against no day', () => {
  const state = after([began, began + 1_000], () => ({ effect: 'restores' }));
  expect(ask(state, request(9, { attemptsPerDay: 1 }), began + 2_000).answer?.type).toBe('granted');
});

it('none a day is none', () => {
  const { answer } = ask(initialFleetState('a', 1), request(1, { attemptsPerDay: 0 }), began);
  expect(holdOf(answer)).toMatchObject({
    reason: '0 attempts for redis/main in a day; the limit is 0',
    until: began + dayMs,
  });
});

it('the fleet has its disruptions of an hour, and waits until the oldest is an hour old', () => {
  const effects = ['disrupts', 'repairs', 'disrupts'] as const;
  const state = after([began, began + 1_000, began + 60_000], (index) => ({
    effect: effects[index] ?? 'disrupts',
    resource: `redis/r${index}`,
  }));
  const asked = request(9, { effect: 'disrupts', disruptivePerFleetHour: 2 });
  const held = {
    guardrail: 'budget',
    reason: '2 disruptive attempts in the whole fleet in an hour; the limit is 2',
    until: began + hourMs,
    remedy: 'repair by hand, or raise limits.disruptivePerFleetHour in the playbook',
  };
  expect(holdOf(ask(state, asked, began + 120_000).answer)).toEqual(held);
  expect(holdOf(ask(state, asked, began + hourMs - 1).answer)).toEqual(held);
  expect(ask(state, asked, began + hourMs).answer?.type).toBe('granted');
  expect(ask(state, { ...asked, effect: 'repairs' }, began + 120_000).answer?.type).toBe('granted');
  expect(ask(state, { ...asked, disruptivePerFleetHour: 3 }, began + 120_000).answer?.type).toBe('granted');
});

it('a permit to disrupt that is not used yet counts as one, and one to repair as none', () => {
  const repairing = ask(initialFleetState('a', 1), request(1), began).state;
  const asked = request(3, { effect: 'disrupts', resource: 'search/s', disruptivePerFleetHour: 1 });
  expect(ask(repairing, asked, began + 1).answer?.type).toBe('granted');
  const disrupting = ask(repairing, request(2, { effect: 'disrupts', resource: 'disk/d' }), began).state;
  expect(holdOf(ask(disrupting, asked, began + 1).answer)).toEqual({
    guardrail: 'budget',
    reason: '1 disruptive attempts in the whole fleet in an hour; the limit is 1',
    until: began + 1 + hourMs,
    remedy: 'repair by hand, or raise limits.disruptivePerFleetHour in the playbook',
  });
});
