import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WakeQueue } from '../../src/engine/wake-queue.ts';
import { VirtualClock } from './virtual-clock.ts';

function queueOf(clock: VirtualClock) {
  const woken: { readonly key: string; readonly at: number }[] = [];
  const queue = new WakeQueue(clock, (keys) => {
    woken.push(...keys.map((key) => ({ key, at: clock.now() })));
  });
  return { queue, woken };
}

describe('waking', () => {
  it('comes at its time, the earliest first, with one timer for all', async () => {
    const clock = new VirtualClock(0);
    const { queue, woken } = queueOf(clock);
    queue.set('b', 20);
    queue.set('a', 10);
    queue.set('c', 30);
    expect(clock.timers).toBe(1);
    await clock.advance(25);
    expect(woken).toEqual([
      { key: 'a', at: 10 },
      { key: 'b', at: 20 },
    ]);
  });

  it('a new time for a key replaces the old one, and null takes it away', async () => {
    const clock = new VirtualClock(0);
    const { queue, woken } = queueOf(clock);
    queue.set('later', 10);
    queue.set('later', 50);
    queue.set('sooner', 50);
    queue.set('sooner', 10);
    queue.set('never', 10);
    queue.set('never', null);
    await clock.advance(100);
    expect(woken).toEqual([
      { key: 'sooner', at: 10 },
      { key: 'later', at: 50 },
    ]);
    expect(clock.timers).toBe(0);
  });

  it('comes at once where the time is past, and not after a stop', async () => {
    const clock = new VirtualClock(100);
    const { queue, woken } = queueOf(clock);
    queue.set('past', 1);
    await clock.advance(0);
    expect(woken).toEqual([{ key: 'past', at: 100 }]);
    queue.set('stopped', 110);
    queue.stop();
    await clock.advance(100);
    expect(woken).toHaveLength(1);
  });

  it('wakes each key exactly once at the last time that was set, whatever was set before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.integer({ min: 1, max: 50 }) }),
          {
            maxLength: 400,
          },
        ),
        (sets) => {
          let now = 0;
          let fire: (() => void) | null = null;
          let fireAt = 0;
          const woken: [string, number][] = [];
          const queue = new WakeQueue(
            {
              now: () => now,
              after(delayMs, callback) {
                fire = callback;
                fireAt = now + delayMs;
                return () => {
                  fire = null;
                };
              },
            },
            (keys) => woken.push(...keys.map((key): [string, number] => [key, now])),
          );
          const last = new Map<string, number>();
          for (const { key, at } of sets) {
            queue.set(key, at);
            last.set(key, at);
          }
          while (fire !== null) {
            const callback: () => void = fire;
            fire = null;
            now = fireAt;
            callback();
          }
          expect(woken.toSorted()).toEqual([...last].toSorted());
        },
      ),
    );
  });
});
