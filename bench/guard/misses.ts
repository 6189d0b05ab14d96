import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@prunella/guard';
import { interleave, median, medianOfPairs, percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { guardedNothing } from './stand-in.ts';

const calls = 10_000;
const deadlineMs = 1_000;

const never = () => new Promise<never>(() => {});

/** What many calls cost that all miss their deadline in one moment. */
export async function measureMisses(rounds: number): Promise<Row[]> {
  const late: number[] = [];
  for (let round = 0; round < Math.max(3, rounds / 5); round++) late.push(await lateness());
  const measured = await interleave({ bare: bareRejections, run: missesByRun }, { rounds, warmUpRounds: 3 });
  return [
    judged({
      figure: `${calls} misses at once by tryRun: answered after the deadline, p99`,
      ours: median(late),
      peer: null,
      peerName: 'none',
      bar: { rule: 'at most', value: 20, from: 'fixed' },
      unit: 'ms',
    }),
    judged({
      figure: `${calls} misses at once by run, beside bare rejections`,
      ours: medianOfPairs(measured.run, measured.bare, (run, bare) => run / bare),
      peer: median(measured.bare),
      peerName: 'as many bare rejections with a new Error, ms',
      bar: { rule: 'at most', value: 1.5, from: 'fixed' },
      unit: 'times',
    }),
  ];
}

/** How long after their deadline 99 of 100 calls are answered, in ms by the clock on the wall. */
async function lateness(): Promise<number> {
  const guard = guardedNothing({ breaker: { consecutive: 1_000_000 } });
  // What it took to begin them all must not be taken for lateness of their end.
  await delay(50);
  // The guard's own timers keep no process alive.
  const keepAlive = setInterval(() => {}, 60_000);
  const lateBy = await Promise.all(
    Array.from({ length: calls }, async () => {
      const dueAt = performance.now() + deadlineMs;
      await guard.tryRun(never, { deadlineMs });
      return performance.now() - dueAt;
    }),
  );
  clearInterval(keepAlive);
  await guard.detach();
  return percentile(lateBy, 99);
}

/** Milliseconds by the clock from the moment of the misses to the last rejection. */
async function missesByRun(): Promise<number> {
  const hand = handClock();
  const guard = guardedNothing({ clock: hand.clock, breaker: { consecutive: 1_000_000 } });
  const all = Array.from({ length: calls }, () => guard.run(never, { deadlineMs }).catch(seen));
  hand.advance(deadlineMs - 1);
  const begunAt = performance.now();
  hand.advance(20);
  await Promise.all(all);
  const tookMs = since(begunAt);
  await guard.detach();
  return tookMs;
}

async function bareRejections(): Promise<number> {
  const rejects: ((error: Error) => void)[] = [];
  const all = Array.from({ length: calls }, () =>
    new Promise<never>((_resolve, reject) => rejects.push(reject)).catch(seen),
  );
  const begunAt = performance.now();
  for (const reject of rejects) reject(new Error(`no answer within ${deadlineMs} ms`));
  await Promise.all(all);
  return since(begunAt);
}

function seen(): void {}

function since(begunAt: number): number {
  return performance.now() - begunAt;
}

/** A clock whose time passes only by hand, in steps as small as those of its timers. */
function handClock(): { readonly clock: Clock; advance(ms: number): void } {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    clock: {
      now: () => now,
      wall: () => now,
      after(delayMs, callback) {
        const timer = { at: now + delayMs, callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].toSorted((left, right) => left.at - right.at);
        if (next === undefined || next.at > end) break;
        timers.delete(next);
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
}
