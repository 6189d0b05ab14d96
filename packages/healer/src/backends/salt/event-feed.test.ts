import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SaltClient } from './client.ts';
import { EventFeed } from './event-feed.ts';

interface Stream {
  readonly askedAt: number;
  open(): void;
  end(): void;
}

let streams: Stream[] = [];
let release = () => {};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  streams = [];
  const events: SaltClient['events'] = (onOpen) =>
    new Promise((resolve) => {
      streams.push({ askedAt: performance.now(), open: onOpen, end: resolve });
    });
  release = new EventFeed({ events } as SaltClient).hold();
  await vi.waitFor(() => expect(streams).toHaveLength(1));
});

afterEach(() => {
  release();
  vi.useRealTimers();
});

/** Ends the present stream after this time, and gives how long it takes until the next is asked for. */
async function pauseAfter(opened: boolean, openForMs = 0): Promise<number> {
  const present = streams.at(-1);
  if (opened) present?.open();
  await vi.advanceTimersByTimeAsync(openForMs);
  const endedAt = performance.now();
  const before = streams.length;
  present?.end();
  for (let waited = 0; streams.length === before && waited < 60_000; waited += 100) {
    await vi.advanceTimersByTimeAsync(waited === 0 ? 0 : 100);
  }
  return (streams.at(-1)?.askedAt ?? Number.NaN) - endedAt;
}

it('opens one at once that a proxy cut or that had its time: what happens meanwhile nobody hears', async () => {
  expect(await pauseAfter(true, 5_000)).toBeLessThan(10);
  expect(await pauseAfter(true, 60_000)).toBeLessThan(10);
});

it('does not ask without a pause where streams end as soon as they are open, and ever more rarely where none opens', async () => {
  expect(await pauseAfter(true, 10)).toBeGreaterThanOrEqual(990);
  const pauses = [];
  for (let round = 0; round < 6; round += 1) pauses.push(Math.round((await pauseAfter(false)) / 1_000));
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30]);
  expect(await pauseAfter(true, 10)).toBeLessThan(1_100);
  expect(await pauseAfter(true, 5_000)).toBeLessThan(10);
});
