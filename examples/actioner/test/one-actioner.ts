import type { Guard } from '@prunella/guard';
import { type DegradedWrites, degradedWrites } from '@prunella/guard/writes';
import { createActioner } from '../src/actioner.ts';
import type { Monitor, MonitorResult, Reaction, Status } from '../src/model.ts';
import { openCache } from '../src/open-cache.ts';
import { prepareDatabase } from '../src/prepare.ts';
import type { Store } from '../src/store.ts';
import type { Told } from '../src/tell.ts';

const monitor: Monitor = {
  id: 'web-1',
  status: 'failed',
  failcount: 0,
  since: 0,
  reactions: ['tell'],
};

const reaction: Reaction = {
  id: 'tell',
  trigger: 5,
  frequency: 3_600,
  call_on: ['failed'],
  run: { type: 'log' },
  lastrun: 0,
};

export interface OneActioner {
  readonly guard: Guard<unknown>;
  readonly writes: Pick<DegradedWrites<unknown>, 'waiting'>;
  /** Everything it told, in order. */
  readonly told: Told[];
  ofType<Type extends Told['type']>(type: Type): readonly Extract<Told, { type: Type }>[];
  /** Handles one more result of the monitor; the answer is what was told of it. */
  handle(status?: Status): Promise<Extract<Told, { type: 'handled' }>>;
  /** Handles these, also twice the same. */
  handleResult(result: MonitorResult): Promise<void>;
  /** The monitor as it is in the database now. */
  stored(): Promise<Monitor | null>;
  end(): Promise<void>;
}

let results = 0;

/** One actioner on a prepared database, without the network in front. */
export async function startOneActioner<Handle>(
  store: Store<Handle>,
  settings: { readonly redisUrl?: string; readonly deadlineMs?: number; readonly prepare?: boolean } = {},
): Promise<OneActioner> {
  const { cache, cooldown, close } = await openCache(settings.redisUrl);
  const guard = store.guard({
    cache,
    deadlineMs: settings.deadlineMs ?? 2_000,
    breaker: { share: 0.5, volume: 2, openForMs: 100 },
    reconnect: { baseMs: 20, capMs: 100 },
  });
  if (settings.prepare !== false) await prepareDatabase(store, guard, [monitor], [reaction]);
  const told: Told[] = [];
  const writes = degradedWrites(guard);
  const actioner = createActioner(store, guard, writes, cooldown, (line) => told.push(line));
  const ofType = <Type extends Told['type']>(type: Type) =>
    told.filter((line): line is Extract<Told, { type: Type }> => line.type === type);
  return {
    guard,
    writes,
    told,
    ofType,
    handle: async (status = 'failed') => {
      results += 1;
      const id = `result-${results}`;
      await actioner.handle({ id, cid: monitor.id, status, at: Date.now() });
      const [handled, ...more] = ofType('handled').filter((line) => line.id === id);
      if (handled === undefined || more.length > 0)
        throw new Error(`${id} was told ${more.length} times more`);
      return handled;
    },
    handleResult: (result) => actioner.handle(result),
    stored: () => guard.run((database) => store.getMonitor(database, monitor.id)),
    end: async () => {
      await guard.detach();
      await store.close();
      await close();
    },
  };
}
