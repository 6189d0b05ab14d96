import { expect, test } from 'vitest';
import { ServerClock } from '../src/api/server-clock.ts';

/** An answer of a healer whose clock is ahead of the browser's: its `Date` has whole seconds. */
function answerAt(clock: ServerClock, browserAt: number, aheadMs: number, travelMs = 20): void {
  const date = new Date(Math.floor((browserAt + aheadMs) / 1_000) * 1_000).toUTCString();
  clock.note(date, browserAt - travelMs, browserAt + travelMs);
}

test('is as near as many answers bound it, though each is good to a second only', () => {
  const clock = new ServerClock();
  for (let count = 0; count < 40; count += 1) answerAt(clock, 1_000_000 + count * 273, 90_250);
  expect(Math.abs(clock.aheadMs - 90_250)).toBeLessThan(60);
  expect(clock.now(5_000)).toBeCloseTo(5_000 + clock.aheadMs);
});

test('knows nothing before the first answer, and nothing of one without a date', () => {
  const clock = new ServerClock();
  clock.note(null, 0, 10);
  clock.note('soon', 0, 10);
  expect(clock.aheadMs).toBe(0);
});

test('begins anew where one of the clocks was set', () => {
  const clock = new ServerClock();
  answerAt(clock, 1_000_000, 500);
  answerAt(clock, 1_001_000, 3_600_500);
  expect(clock.aheadMs).toBeGreaterThan(3_599_000);
});
