import { attach, FaultError, type GuardOptions } from '@prunella/guard';
import { ManualClock } from './manual-clock.ts';
import { StandInAdapter, type StandInHandle } from './stand-in-adapter.ts';

/** A guard around a stand-in, with time and chance in the test's hand. */
export function guarded(options: Partial<GuardOptions> = {}) {
  const clock = new ManualClock();
  const adapter = new StandInAdapter();
  const guard = attach(adapter, {
    resource: 'stand-in/main',
    deadlineMs: 1_000,
    clock,
    random: () => 0.5,
    ...options,
  });
  return { clock, adapter, guard };
}

export const ask = (handle: StandInHandle) => handle.ask();

export async function faultOf(promise: Promise<unknown>): Promise<FaultError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FaultError)) throw new Error(`no FaultError but ${String(error)}`);
  return error;
}
