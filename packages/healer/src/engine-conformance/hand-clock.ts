import { atRest } from './at-rest.ts';
import type { ConformanceTime } from './harness.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that passes only as a check says. In between, all that needs none comes to its end. */
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
      await atRest();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.callback();
        await atRest();
      }
      now = until;
      await atRest();
    },
  };
}
