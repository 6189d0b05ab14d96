import { setTimeout as delay } from 'node:timers/promises';
import type { Guard } from '@prunella/guard';
import type { DefinedWrites } from '@prunella/guard/writes';
import { Pull } from 'zeromq';
import { createActioner } from './actioner.ts';
import { parseResult } from './model.ts';
import { openCache } from './open-cache.ts';
import { withStore } from './open-store.ts';
import { openWrites } from './open-writes.ts';
import type { ActionerOptions } from './options.ts';
import type { Store } from './store.ts';
import type { Tell } from './tell.ts';

/** Results taken from the network ahead of the one being handled; more wait at the sender. */
const resultsAhead = 100;
const replayPatienceMs = 5_000;

export interface RunningActioner {
  /** Takes no more results, ends the one in hand, lets go of database and cache. */
  stop(): Promise<void>;
}

export async function runActioner(options: ActionerOptions, tell: Tell): Promise<RunningActioner> {
  return withStore(options.database, options.name, (store) => runWith(store, options, tell));
}

async function runWith<Handle>(
  store: Store<Handle>,
  options: ActionerOptions,
  tell: Tell,
): Promise<RunningActioner> {
  const { cache, cooldown, kind, close } = await openCache(options.redis);
  const guard = store.guard({
    cache,
    deadlineMs: options.deadlineMs,
    reconnect: { baseMs: Math.min(500, options.retryMs), capMs: options.retryMs },
  });
  tellGuard(guard, tell);
  const { writes, close: closeWrites } = await openWrites(guard, options.journal);
  const actioner = createActioner(store, guard, writes, cooldown, tell);
  const socket = new Pull({ receiveHighWaterMark: resultsAhead });
  for (const address of options.results) socket.connect(address);
  let handled = 0;

  const working = (async () => {
    for await (const [message] of socket) {
      try {
        await actioner.handle(parseResult(String(message)));
        handled += 1;
      } catch (error) {
        tell({ type: 'skipped', why: String(error) });
      }
    }
  })();
  tell({ type: 'started', resource: guard.resource, cache: kind });

  return {
    stop: async () => {
      socket.close();
      await working;
      await untilReplayed(guard, writes);
      const { waiting } = writes;
      const { lostWrites } = await guard.detach();
      await closeWrites();
      await Promise.all([store.close(), close()]);
      tell({ type: 'stopped', handled, lostWrites, keptWrites: waiting - lostWrites });
    },
  };
}

/** Unless the database is down, kept counts are given a moment to reach it. */
async function untilReplayed<Handle>(guard: Guard<Handle>, writes: DefinedWrites<Handle>): Promise<void> {
  const givenUpAt = performance.now() + replayPatienceMs;
  while (writes.waiting > 0 && guard.condition !== 'down' && performance.now() < givenUpAt) {
    await delay(50);
  }
}

function tellGuard(guard: Guard<unknown>, tell: Tell): void {
  guard.on('condition', ({ condition, fault }) => {
    tell({ type: 'condition', condition, fault: fault?.message ?? null });
  });
  guard.on('replayed', ({ idempotencyKey, waitedMs }) => {
    tell({ type: 'replayed', id: idempotencyKey, waitedMs });
  });
  guard.on('setAside', ({ idempotencyKey, fault }) => {
    tell({ type: 'set-aside', id: idempotencyKey, why: fault.message });
  });
  guard.on('lost', ({ idempotencyKey, fault }) => {
    tell({ type: 'lost', id: idempotencyKey, why: fault.message });
  });
}
