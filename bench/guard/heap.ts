import { type Clock, systemClock } from '@prunella/guard';
import { garbageCollector } from '../garbage.ts';
import { judged, type Row } from '../row.ts';
import { guardedNothing, works } from './stand-in.ts';

const megabyte = 2 ** 20;
const warmUpCalls = 200_000;

/** What many calls leave behind. */
export async function measureHeap(calls: number): Promise<Row[]> {
  const { clock, alive } = countingClock();
  const guard = guardedNothing({ clock });
  const make = async (count: number) => {
    for (let made = 0; made < count; made += 2) {
      await guard.run(works, { deadlineMs: 1_000 });
      await guard.tryRun(works);
    }
  };
  await make(warmUpCalls);
  const collect = garbageCollector();
  const before = { heap: heapUsed(collect), timers: alive() };
  await make(calls);
  const after = { heap: heapUsed(collect), timers: alive() };
  await guard.detach();
  const millions = `${calls / 1e6} million calls`;
  return [
    judged({
      figure: `heap after ${millions}, above the start`,
      ours: (after.heap - before.heap) / megabyte,
      peer: null,
      peerName: 'none',
      bar: { rule: 'at most', value: 1, from: 'fixed' },
      unit: 'MB',
    }),
    judged({
      figure: `timers after ${millions}, above the start`,
      ours: after.timers - before.timers,
      peer: null,
      peerName: 'none',
      bar: { rule: 'at most', value: 0, from: 'fixed' },
      unit: 'timers',
    }),
  ];
}

/** The machine's clock, with a count of the timers that have neither fired nor been cancelled. */
function countingClock(): { readonly clock: Clock; readonly alive: () => number } {
  const timers = new Set<object>();
  const after: Clock['after'] = (delayMs, callback) => {
    const timer = {};
    timers.add(timer);
    const cancel = systemClock.after(delayMs, () => {
      timers.delete(timer);
      callback();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return { clock: { ...systemClock, after }, alive: () => timers.size };
}

/** Twice: the first collection may leave what finalisers let go of. */
function heapUsed(collect: () => void): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
