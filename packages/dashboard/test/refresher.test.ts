import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refresher } from '../src/live/refresher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('loads once for all who ask at a time, and once more for those who ask meanwhile', async () => {
  let loads = 0;
  const refresher = new Refresher(async () => {
    loads += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }, 700);
  for (let count = 0; count < 5; count += 1) refresher.ask();
  await vi.advanceTimersByTimeAsync(50);
  expect(loads).toBe(1);
  for (let count = 0; count < 5; count += 1) refresher.ask();
  await vi.advanceTimersByTimeAsync(600);
  expect(loads).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(loads).toBe(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(loads).toBe(2);
});

test('gives a healer that answers slowly more time between the questions', async () => {
  const begun: number[] = [];
  const refresher = new Refresher(async () => {
    begun.push(performance.now());
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }, 700);
  refresher.ask();
  await vi.advanceTimersByTimeAsync(1_000);
  refresher.ask();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toHaveLength(2);
  expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(6_000);
});
