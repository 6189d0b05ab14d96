import type { ConformanceTime } from './harness.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Turns of the event loop that are left to what needs no time to pass. */
const turnsBetween = 6;

/** Time that passes only as a check says. */
export function handClock(startsAt = 1_700_000_000_000): ConformanceTime {
  let now = startsAt;
  const timers = new Set<Timer>();
  const next = (until: number) =>
    [...timers].filter(({ at }) => at <= until).sort((left, right) => left.at - right.at)[0];
  return {
    clock: {
      now: () => now,
      after(delayMs, callback) {
        const timer = { at: now + Math.max(0, delayMs), callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    async advance(byMs) {
      const until = now + byMs;
      await turns();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.callback();
        await turns();
      }
      now = until;
      await turns();
    },
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < turnsBetween; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
