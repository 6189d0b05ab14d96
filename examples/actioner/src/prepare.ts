import { setTimeout as delay } from 'node:timers/promises';
import { FaultError, type Guard } from '@prunella/guard';
import type { Monitor, Reaction } from './model.ts';
import type { Store } from './store.ts';

const patienceMs = 20_000;
const againMs = 100;

/** Makes what is missing in the database, as soon as it can be reached. */
export async function prepareDatabase<Handle>(
  store: Store<Handle>,
  guard: Guard<Handle>,
  monitors: readonly Monitor[],
  reactions: readonly Reaction[],
): Promise<void> {
  const givenUpAt = performance.now() + patienceMs;
  while (true) {
    try {
      await guard.run((database) => store.prepare(database, monitors, reactions), { deadlineMs: patienceMs });
      return;
    } catch (error) {
      const isOver = performance.now() > givenUpAt;
      if (isOver || !(error instanceof FaultError) || error.kind === 'caller') throw error;
    }
    await delay(againMs);
  }
}
