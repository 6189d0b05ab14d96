import { attach, FaultError } from '@prunella/guard';
import { type ChaosPlan, chaos } from '@prunella/guard/chaos';
import { faultKinds } from '@prunella/protocol';
import { assert, asyncProperty, constantFrom, dictionary, double, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import { ask } from '../runtime/guarded.ts';
import { ManualClock, settled } from '../runtime/manual-clock.ts';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';

const share = double({ min: 0, max: 0.08, noNaN: true });
const plans = record({
  faults: dictionary(constantFrom(...faultKinds), share),
  hang: share,
  outcomeUnknown: double({ min: 0, max: 1, noNaN: true }),
  latencyMs: integer({ min: 0, max: 1_500 }),
  jitterMs: integer({ min: 0, max: 1_500 }),
});

/** Whatever happens for a while, each call is answered once, each lease ends once, and all is well afterwards. */
async function survives(seed: number, plan: ChaosPlan): Promise<void> {
  const clock = new ManualClock();
  const adapter = new StandInAdapter();
  const faults = chaos(adapter, { seed, plan, clock });
  const guard = attach(faults, { resource: 'stand-in/soak', deadlineMs: 1_000, clock, random: () => 0.5 });
  const timersAtRest = clock.timers;
  let answers = 0;
  const calls = 60;
  for (let call = 0; call < calls; call++) {
    const promise = call % 2 === 0 ? guard.run(ask) : guard.read({ key: `key:${call % 5}`, load: ask });
    promise.then(
      () => answers++,
      (error: unknown) => {
        expect(error).toBeInstanceOf(FaultError);
        answers++;
      },
    );
    if (call % 4 === 0) await clock.advance(150);
  }
  await clock.advance(10_000);
  expect(answers).toBe(calls);
  expect(adapter.ended).toBe(adapter.leases);
  faults.calm();
  await clock.advance(200_000);
  expect(await guard.run(ask)).toBe('answer');
  await clock.advance(20_000);
  expect(guard.condition).toBe('ok');
  await guard.detach();
  await clock.advance(200_000);
  await settled();
  expect(clock.timers).toBe(timersAtRest);
}

test('under any chaos each call is answered once, and when it is over all is well again', async () => {
  await assert(asyncProperty(integer({ min: 0, max: 2 ** 32 - 1 }), plans, survives), { numRuns: 40 });
}, 120_000);
