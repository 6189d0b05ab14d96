import type { Fault, Guard, ReadAnswer } from '@prunella/guard';
import { type ManyAnswer, readMany } from '@prunella/guard/reads';
import { degradedWrites, type WriteAnswer } from '@prunella/guard/writes';
import { type Equal, holds } from './equal.ts';

interface Database {
  monitor(id: string): Promise<Monitor | null>;
  monitors(ids: readonly string[]): Promise<Map<string, Monitor>>;
  add(id: string, by: number): Promise<Monitor>;
}

interface Monitor {
  readonly id: string;
  readonly failcount: number;
}

export async function read(guard: Guard<Database>): Promise<number> {
  const answer = await guard.read({
    key: 'monitor:1',
    load: (database) => database.monitor('1'),
    merge: (fresh, cached) => {
      holds<Equal<typeof fresh, Monitor | null>>();
      holds<Equal<typeof cached, Monitor | null>>();
      return fresh;
    },
  });
  holds<Equal<typeof answer, ReadAnswer<Monitor | null>>>();
  // @ts-expect-error: there may be no such monitor
  answer.value.failcount;
  if (answer.cacheOnly) {
    holds<Equal<typeof answer.reason, Fault>>();
    return answer.ageMs;
  }
  holds<Equal<typeof answer.reason, null>>();
  holds<Equal<typeof answer.ageMs, 0>>();
  return 0;
}

export function wrongReads(guard: Guard<Database>): void {
  // @ts-expect-error: what is merged is what is loaded
  guard.read({ key: 'monitor:1', load: () => ({ failcount: 1 }), merge: () => ({ failures: 1 }) });
  // @ts-expect-error: without a key nothing can be cached
  guard.read({ load: () => 1 });
}

export async function many(guard: Guard<Database>): Promise<void> {
  const answers = await readMany(guard, { keys: ['1'], load: (database, ids) => database.monitors(ids) });
  holds<Equal<typeof answers, Map<string, ManyAnswer<Monitor>>>>();
  const answer = answers.get('1');
  if (answer === undefined) return;
  // @ts-expect-error: not before `ok` was looked at
  answer.value;
  if (answer.ok) holds<Equal<typeof answer.value, Monitor | null>>();
  else holds<Equal<typeof answer.fault, Fault>>();
}

export async function write(guard: Guard<Database>): Promise<number> {
  const written = await degradedWrites(guard).write({
    key: 'monitor:1',
    payload: { id: '1', by: 2 },
    apply: (database, { payload, idempotencyKey, replay }) => {
      holds<Equal<typeof payload, { id: string; by: number }>>();
      holds<Equal<typeof idempotencyKey, string>>();
      holds<Equal<typeof replay, boolean>>();
      return database.add(payload.id, payload.by);
    },
    applyToCached: (cached: Monitor | undefined, payload, result) => {
      holds<Equal<typeof result, Monitor | undefined>>();
      return cached && { ...cached, failcount: cached.failcount + payload.by };
    },
  });
  holds<Equal<typeof written, WriteAnswer<Monitor>>>();
  // @ts-expect-error: one that waits has no value
  written.value;
  if (written.pending) {
    holds<Equal<typeof written.reason, Fault>>();
    return written.waiting;
  }
  return written.value.failcount;
}
