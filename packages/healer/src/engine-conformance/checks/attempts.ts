import { must } from '../conformance-error.ts';
import type { Trial } from '../trial.ts';
import type { Check } from './check.ts';

const succeeded = { outcome: 'succeeded', summary: 'done', targets: [] } as const;

export const attemptChecks: readonly Check[] = [
  {
    name: 'has the intent in its memory before the order leaves',
    async run(trial) {
      const killed = killAtDispatch(trial);
      await trial.signal('intent');
      await trial.untilDispatched();
      const attempt = await killed;
      await trial.start();
      const times = await trial.count(
        ({ event }) => event.type === 'attempt-intended' && event.attempt === attempt,
      );
      must(times === 1, `the intent of ${attempt} must be in the log once; it is ${times} times`);
    },
  },
  {
    name: 'sends an order once, and looks for it after a kill',
    async run(trial) {
      const killed = killAtDispatch(trial);
      await trial.signal('once');
      await trial.untilDispatched();
      const attempt = await killed;
      await trial.start();
      await trial.until('an order without a result must be looked for after a kill', () =>
        trial.backend.looked.some((one) => one.attempt === attempt),
      );
      await trial.time.advance(5_000);
      const times = trial.backend.dispatched.filter(({ order }) => order.attempt === attempt).length;
      must(times === 1, `${attempt} must be sent once; it was ${times} times`);
    },
  },
  {
    name: 'looks for an order by the reference that it was told',
    async run(trial) {
      await trial.signal('reference');
      const { order, context } = await trial.untilDispatched();
      context.onReference('job 7');
      await trial.until('a reference must come into the log', async () => {
        return (await trial.count(({ event }) => event.type === 'attempt-dispatched')) === 1;
      });
      await trial.killAndStart();
      await trial.until('an order without a result must be looked for after a kill', () => {
        return trial.backend.looked.length > 0;
      });
      const [looked] = trial.backend.looked;
      must(
        looked?.attempt === order.attempt && looked.reference === 'job 7',
        `it must be looked for by its reference, job 7; it was by ${JSON.stringify(looked)}`,
      );
    },
  },
  {
    name: 'gives an order that was found its result, once',
    async run(trial) {
      const killed = killAtDispatch(trial);
      await trial.signal('found');
      await trial.untilDispatched();
      const attempt = await killed;
      trial.backend.finding = { found: 'ended', result: succeeded };
      await trial.start();
      const ends = () =>
        trial.count(({ event }) => event.type === 'attempt-ended' && event.attempt === attempt);
      await trial.until('an order that was found must have its result in the log', async () => {
        return (await ends()) > 0;
      });
      await trial.killAndStart();
      await trial.time.advance(2_000);
      const looks = trial.backend.looked.filter((one) => one.attempt === attempt).length;
      must(
        (await ends()) === 1 && looks === 1,
        `${attempt} must end once; it did ${await ends()} times, and was looked for ${looks} times`,
      );
    },
  },
  {
    name: 'has at most one attempt in flight at a resource',
    async run(trial) {
      for (let number = 0; number < 5; number += 1) {
        await trial.signal(`many ${number}`);
        await trial.time.advance(2_000);
      }
      await trial.untilDispatched();
      await trial.time.advance(5_000);
      const { mostInFlight } = trial.backend;
      must(mostInFlight === 1, `one attempt at a time; there were ${mostInFlight}`);
    },
  },
  {
    name: 'gives fences that only grow, also over a kill',
    async run(trial) {
      await trial.signal('fences');
      const first = await trial.untilDispatched();
      first.end({ outcome: 'failed', summary: 'no', targets: [] });
      const second = await trial.untilDispatched(2);
      second.end({ outcome: 'failed', summary: 'no', targets: [] });
      await trial.until('a second result must come into the log', async () => {
        return (await trial.count(({ event }) => event.type === 'attempt-ended')) === 2;
      });
      await trial.killAndStart();
      await trial.untilDispatched(3);
      const fences = trial.backend.dispatched.map(({ order }) => order.fence);
      const isGrowing = fences.every((fence, index) => {
        const before = fences[index - 1];
        if (before === undefined) return true;
        return (
          fence.authority === before.authority &&
          (fence.generation - before.generation || fence.number - before.number) > 0
        );
      });
      must(isGrowing, `each fence must be newer than the one before: ${JSON.stringify(fences)}`);
    },
  },
  {
    name: 'leaves a running attempt to be found at an orderly stop, and takes nothing after it',
    async run(trial) {
      await trial.signal('stopped');
      const { order, context } = await trial.untilDispatched();
      const { engine } = trial;
      await trial.during(engine.stop());
      must(context.signal.aborted, 'the backend must be told to let go');
      const late = await engine
        .signal({
          id: 'late',
          source: 'x',
          type: 'alert',
          resource: order.resource,
          status: 'firing',
          summary: 'x',
        })
        .catch(() => ({ accepted: false }));
      must(!late.accepted, 'a signal after the stop must not be accepted');
      await trial.killAndStart();
      await trial.until('an attempt that was left must be looked for', () =>
        trial.backend.looked.some((one) => one.attempt === order.attempt),
      );
    },
  },
];

/** Kills the engine within the call of the backend. Resolves with the attempt when another may start. */
function killAtDispatch(trial: Trial): Promise<string> {
  const { running } = trial;
  return new Promise((resolve) => {
    trial.backend.onDispatch = ({ attempt }) => {
      trial.backend.onDispatch = () => undefined;
      void running.kill().then(() => resolve(attempt));
    };
  });
}
