import { FaultError, type Guard } from '@prunella/guard';
import type { DefinedWrites } from '@prunella/guard/writes';
import type { Cooldown } from './cooldown.ts';
import {
  count,
  countCopy,
  isDue,
  type Monitor,
  type MonitorResult,
  mergeMonitor,
  mergeReaction,
  type Reaction,
} from './model.ts';
import { react } from './reactions.ts';
import type { ReactionRun, Store } from './store.ts';
import type { Tell } from './tell.ts';

export interface Actioner {
  handle(result: MonitorResult): Promise<void>;
}

export function createActioner<Handle>(
  store: Store<Handle>,
  guard: Guard<Handle>,
  writes: DefinedWrites<Handle>,
  cooldown: Cooldown,
  tell: Tell,
  now: () => number = Date.now,
): Actioner {
  const writeResult = writes.define<MonitorResult, number, Monitor | null>('record result', {
    apply: (database, { payload }) => store.recordResult(database, payload),
    applyToCached: (cached, payload, failcount) => cached && countCopy(cached, payload, failcount),
  });

  const writeRun = writes.define<ReactionRun, void, Reaction | null>('record run', {
    apply: (database, { payload }) => store.recordRun(database, payload),
    applyToCached: (cached, { at }) => (cached ? { ...cached, lastrun: at } : undefined),
  });

  /** From the cache and the database, the highest failcount winning; from the cache alone while it is down. */
  async function getMonitor(cid: string) {
    return guard.read<Monitor | null>({
      key: `monitor:${cid}`,
      load: (database) => store.getMonitor(database, cid),
      merge: (fresh, cached) => fresh && cached && mergeMonitor(fresh, cached),
    });
  }

  async function getReaction(id: string) {
    return guard.read<Reaction | null>({
      key: `reaction:${id}`,
      load: (database) => store.getReaction(database, id),
      merge: (fresh, cached) => fresh && cached && mergeReaction(fresh, cached),
    });
  }

  /** In the database, or in the cached copy and later in the database. Null: kept, without a cached copy. */
  async function recordResult(result: MonitorResult, known: Monitor | null) {
    const answer = await writeResult({
      key: `monitor:${result.cid}`,
      payload: result,
      idempotencyKey: result.id,
    });
    const counted = known === null ? null : count(known, result);
    if (answer.pending || counted === null) return { monitor: counted, pending: answer.pending };
    return { monitor: { ...counted, failcount: answer.value }, pending: false };
  }

  async function runReaction(id: string, monitor: Monitor): Promise<void> {
    const { value: reaction, cacheOnly } = await getReaction(id);
    if (reaction === null || !isDue(reaction, monitor, now())) return;
    if (!(await cooldown.claim(id, reaction.frequency * 1_000))) return;
    const at = now();
    const outcome = await react(reaction, monitor);
    tell({
      type: 'reaction',
      reaction: id,
      cid: monitor.id,
      failcount: monitor.failcount,
      cacheOnly,
      outcome,
    });
    await writeRun({ key: `reaction:${id}`, payload: { reaction: id, at } });
  }

  return {
    handle: async (result) => {
      const { id, cid } = result;
      const read = await orFault(getMonitor(cid));
      const known = read instanceof FaultError ? null : read.value;
      const { cacheOnly, ageMs, reason } =
        read instanceof FaultError ? { cacheOnly: true, ageMs: 0, reason: read } : read;
      const recorded = await orFault(recordResult(result, known));
      if (recorded instanceof FaultError) {
        tell({ type: 'lost', id, why: recorded.message });
        return;
      }
      const { monitor, pending } = recorded;
      const failcount = monitor?.failcount ?? null;
      const told = { id, cid, failcount, cacheOnly, ageMs, reason: reason?.message ?? null, pending };
      tell({ type: 'handled', ...told });
      if (monitor === null) return;
      for (const reaction of monitor.reactions) {
        // Neither cached nor to be read now: the next result of this monitor tries again.
        await orFault(runReaction(reaction, monitor));
      }
    },
  };
}

/** A fault of the database is an answer here; any other error is a mistake in this program. */
async function orFault<Value>(promise: Promise<Value>): Promise<Value | FaultError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
}
