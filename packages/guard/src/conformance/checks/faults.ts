import { blamesResource } from '@prunella/protocol';
import { must } from '../conformance-error.ts';
import { told } from '../trial.ts';
import type { Check } from './check.ts';

export const obeysThePingsSignal: Check = {
  name: 'ends a ping with its signal',
  async run(trial) {
    const aborted = await trial.within('a ping with an aborted signal to settle', () =>
      trial.adapter.ping(AbortSignal.abort()),
    );
    must(!aborted.ok, 'a ping with an aborted signal must reject');
    await trial.harness.server.stall();
    const stalled = await trial.ping();
    must(stalled !== 'passed', 'a ping must not pass while the server answers nothing');
    await trial.harness.server.resume();
    await trial.untilItServes('after a stall');
  },
};

export const blamesALostServer: Check = {
  name: 'blames a server that is gone, and serves when it is back',
  async run(trial) {
    const stop = trial.adapter.watch?.(() => {});
    await trial.mustAnswer('while the server is well');
    await trial.harness.server.stop();
    const outcome = await trial.call();
    must(outcome.ended !== 'answered', 'a call must not be answered while the server is gone');
    if (outcome.ended === 'missed') {
      must(
        !outcome.waitedForOwnPool,
        'a call that misses its deadline because the server is gone must not count as `local`',
      );
    } else {
      const { kind } = outcome.classification;
      must(
        blamesResource(kind),
        `a call while the server is gone ${told(outcome)}: its kind must blame the resource, not be '${kind}'`,
        outcome.error,
      );
    }
    const pinged = await trial.ping();
    must(pinged !== 'passed', 'a ping must not pass while the server is gone');
    must(
      pinged === 'late' || blamesResource(pinged),
      `a ping while the server is gone must blame the resource, not be '${pinged}'`,
    );
    await trial.harness.server.start();
    await trial.untilItServes('when the server is back');
    await trial.mustAnswer('when the server is back');
    stop?.();
  },
};

export const evictsABrokenClient: Check = {
  name: 'evicts a client that is broken, and that one only',
  needs: 'breakClient',
  async run(trial) {
    const stop = trial.adapter.watch?.(() => {});
    for (let count = 0; count < 3; count += 1) {
      const outcome = await trial.callToItsEnd(trial.harness.breakClient);
      must(outcome.ended === 'failed', `a call whose client breaks must fail; it ${told(outcome)}`);
      must(
        outcome.classification.evict,
        `what a broken client gives (${told(outcome)}) must be classified with evict`,
        outcome.error,
      );
      await trial.mustAnswer('after its client was evicted');
    }
    stop?.();
  },
};
