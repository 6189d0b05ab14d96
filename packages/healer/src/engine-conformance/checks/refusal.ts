import { must } from '../conformance-error.ts';
import type { Check } from './check.ts';

export const refusalChecks: readonly Check[] = [
  {
    name: 'acknowledges nothing that its memory refused',
    async run(trial) {
      trial.memory.refuse(true);
      const refused = await trial.signal('refused').then(
        (receipt) => receipt.accepted,
        () => false,
      );
      must(!refused, 'a signal must not be accepted while nothing can be written');
      trial.memory.refuse(false);
      await trial.until('it must be taken when it can be written again', async () => {
        const receipt = await trial.signal('refused').catch(() => null);
        must(receipt?.accepted !== true || !receipt.duplicate, 'what was refused must not be known');
        return receipt?.accepted === true;
      });
      await trial.killAndStart();
      const times = await trial.count(({ event }) => event.type === 'signal-received');
      must(times === 1, `the log must tell of it once; it does ${times} times`);
    },
  },
  {
    name: 'does nothing that its memory refused, and goes on by itself',
    async run(trial) {
      await trial.signal('due');
      trial.memory.refuse(true);
      await trial.time.advance(10_000);
      const { length } = trial.backend.dispatched;
      must(length === 0, `nothing must be sent while nothing can be written; ${length} orders were`);
      trial.memory.refuse(false);
      await trial.untilDispatched();
    },
  },
];
