import { describe, expect, it } from 'vitest';
import type { LogEntry, ResourceEvent } from '../decide/event.ts';
import { type Decision, decisionsOf, isSame, pair, timeOf } from './compare.ts';

const resource = 'redis/cache';
const minuteMs = 60_000;

const logOf = (...events: readonly ResourceEvent[]): readonly LogEntry[] =>
  events.map((event, index) => ({ sequence: index + 1, at: index, resource, incident: null, event }));
const decision = (at: number, change: Partial<Decision> = {}): Decision => ({
  at,
  resource,
  what: 'sent',
  step: 'apply',
  text: 'on m1',
  ...change,
});

describe('the decisions of a log', () => {
  it('are those that a person would ask about, in their words', () => {
    const reason = 'why';
    const firstFaultAt = 0;
    const attempt = 'a1';
    const step = 'apply';
    const log = logOf(
      { type: 'incident-suspected', reason, firstFaultAt },
      { type: 'incident-opened', reason: 'opens', firstFaultAt, playbook: 'p' },
      { type: 'attempt-proposed', attempt, step, run: 1 },
      { type: 'approval-requested', attempt, expiresAt: 9 },
      { type: 'approval-requested', attempt: 'unknown', expiresAt: 9 },
      {
        type: 'attempt-intended',
        attempt,
        step,
        run: 1,
        permit: 'p',
        targets: ['m1', 'm2'],
        resolved: true,
      },
      { type: 'attempt-shadowed', attempt, step },
      { type: 'attempt-refused', step, guardrail: 'budget', reason: 'spent' },
      { type: 'incident-exhausted', reason: 'all used' },
      { type: 'ladder-paused', reason: 'unproven' },
      { type: 'incident-closed', reason: 'well', credit: { to: 'itself' } },
      { type: 'incident-reopened', reason: 'again', firstFaultAt },
      { type: 'healer-started' },
    );
    expect(decisionsOf(log)).toEqual([
      { at: 1, resource, what: 'opened', step: null, text: 'opens' },
      { at: 3, resource, what: 'asked', step, text: 'a person is asked' },
      { at: 4, resource, what: 'asked', step: null, text: 'a person is asked' },
      { at: 5, resource, what: 'sent', step, text: 'on m1, m2' },
      { at: 6, resource, what: 'shadowed', step, text: 'it only says what it would do' },
      { at: 7, resource, what: 'refused', step, text: 'budget: spent' },
      { at: 8, resource, what: 'exhausted', step: null, text: 'all used' },
      { at: 9, resource, what: 'paused', step: null, text: 'unproven' },
      { at: 10, resource, what: 'closed', step: null, text: 'well' },
      { at: 11, resource, what: 'reopened', step: null, text: 'again' },
    ]);
  });
});

describe('two decisions', () => {
  it.each([
    ['at the same time', decision(0), true],
    ['a minute apart', decision(minuteMs), true],
    ['more than a minute apart', decision(minuteMs + 1), false],
    ['more than a minute apart the other way', decision(-minuteMs - 1), false],
    ['on other targets', decision(0, { text: 'on m2' }), false],
  ])('are the same or not: %s', (_, other, expected) => {
    expect(isSame(decision(0), other)).toBe(expected);
    expect(isSame(other, decision(0))).toBe(expected);
  });

  it('are the same in other words, where nothing is sent', () => {
    const opened = decision(0, { what: 'opened', step: null, text: '3 of 4' });
    expect(isSame(opened, { ...opened, text: '4 of 4' })).toBe(true);
  });
});

describe('decisions of two logs are paired', () => {
  const alone = (recorded: Decision | null, replayed: Decision | null) => ({ recorded, replayed });

  it.each<readonly [what: string, recorded: Decision[], replayed: Decision[], pairs: unknown[]]>([
    ['that are 20 min apart', [decision(0)], [decision(20 * minuteMs)], [[0, 20 * minuteMs]]],
    [
      'not, that are further apart',
      [decision(0)],
      [decision(20 * minuteMs + 1)],
      [
        [0, null],
        [null, 20 * minuteMs + 1],
      ],
    ],
    [
      'not, of another step',
      [decision(0)],
      [decision(1, { step: 'restart' })],
      [
        [0, null],
        [null, 1],
      ],
    ],
    [
      'not, of another sort',
      [decision(0)],
      [decision(0, { what: 'asked' })],
      [
        [0, null],
        [null, 0],
      ],
    ],
    [
      'the nearest first',
      [decision(500)],
      [decision(0), decision(400), decision(900)],
      [
        [null, 0],
        [500, 400],
        [null, 900],
      ],
    ],
    [
      'the earlier of two as near',
      [decision(500)],
      [decision(400), decision(600)],
      [
        [500, 400],
        [null, 600],
      ],
    ],
    [
      'each once, in the order of time',
      [decision(100), decision(300)],
      [decision(310), decision(50)],
      [
        [100, 50],
        [300, 310],
      ],
    ],
    ['alone where the other side is empty', [decision(7)], [], [[7, null]]],
  ])('%s', (_, recorded, replayed, pairs) => {
    const found = pair(recorded, replayed);
    expect(found.map((each) => [each.recorded?.at ?? null, each.replayed?.at ?? null])).toEqual(pairs);
  });

  it('and told at the time of what was recorded, or else of what is replayed', () => {
    expect(timeOf(alone(decision(3), decision(9)))).toBe(3);
    expect(timeOf(alone(null, decision(9)))).toBe(9);
  });
});
