import { expect, it } from 'vitest';
import type { SaltClient, SaltFunction, SaltTarget } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { HeardMinions } from './heard-minions.ts';
import { RollCall, type StateRunQuestion } from './roll-call.ts';
import { SaltError } from './salt-error.ts';

const list = (...ids: readonly string[]): SaltTarget => ({ expression: ids, matcher: 'list' });

/** A stand-in for salt-api and the bus: whoever is asked answers when `answer` is called. */
function stage(options: { readonly atOnce?: number; readonly forbids?: string } = {}) {
  const started: { readonly function: string; readonly ids: readonly string[]; readonly jid: string }[] = [];
  const listeners = new Map<string, (minion: string, given: { value: unknown; retcode: null }) => void>();
  const client = {
    ready: async () => {},
    job: async () => null,
    start: async ({ expression }: SaltTarget, call: SaltFunction) => {
      const ids = [expression].flat();
      if (call.name === options.forbids) throw new SaltError('salt-forbidden', 'refused', false);
      const jid = `2026112600000000${1000 + started.length}`;
      started.push({ function: call.name, ids, jid });
      return { jid, minions: ids };
    },
  } as unknown as SaltClient;
  const feed = {
    isOpen: true,
    follow: async () => () => {},
    listen: (jid: string, listener: (minion: string, given: { value: unknown; retcode: null }) => void) => {
      listeners.set(jid, listener);
      return () => listeners.delete(jid);
    },
  } as unknown as EventFeed;
  const told: string[] = [];
  const clock = { now: 0 };
  const heard = new HeardMinions(() => clock.now);
  const question = {
    mayAsk: true,
    function: { name: 'saltutil.is_running', args: ['state.*'], kwargs: {} },
    refused() {
      this.mayAsk = false;
    },
    answered: (returns: ReadonlyMap<string, unknown>) => told.push(...returns.keys()),
  } satisfies StateRunQuestion & { mayAsk: boolean };
  const turns = () => new Promise((resolve) => setImmediate(resolve));
  return {
    started,
    told,
    clock,
    heard,
    rollCall: new RollCall(client, feed, question, heard, options.atOnce ?? 10),
    turns,
    async answer(number: number) {
      const { jid, ids } = started[number] ?? { jid: '', ids: [] };
      for (const id of ids) listeners.get(jid)?.(id, { value: [], retcode: null });
      await turns();
    },
  };
}

it('asks who is there and what runs there by one job', async () => {
  const { rollCall, started, told, turns, answer } = stage();
  const called = rollCall.call(list('db1'));
  await turns();
  await answer(0);
  expect(await called).toEqual({ minions: ['db1'], answered: new Set(['db1']) });
  expect(started).toMatchObject([{ function: 'saltutil.is_running' }]);
  expect(told).toEqual(['db1']);
});

it('pings where it may not ask what runs, and tries that once', async () => {
  const { rollCall, started, told, turns, answer } = stage({ forbids: 'saltutil.is_running' });
  for (const turn of [0, 1]) {
    const called = rollCall.call(list('db1'));
    await turns();
    await answer(turn);
    expect((await called).answered).toEqual(new Set(['db1']));
  }
  expect(started.map((one) => one.function)).toEqual(['test.ping', 'test.ping']);
  expect(told).toEqual([]);
});

it('asks the same minions once for all who wait, and never answers with what was asked before', async () => {
  const { rollCall, started, turns, answer } = stage();
  const first = rollCall.call(list('db1'));
  await turns();
  const others = Array.from({ length: 199 }, () => rollCall.call(list('db1')));
  await turns();
  expect(started).toHaveLength(1);
  await answer(0);
  await first;
  await turns();
  expect(started).toHaveLength(2);
  await answer(1);
  for (const { answered } of await Promise.all(others)) expect(answered).toEqual(new Set(['db1']));
  expect(started).toHaveLength(2);
});

it('asks only so many at one moment', async () => {
  const { rollCall, started, turns, answer } = stage({ atOnce: 2 });
  const called = ['a', 'b', 'c'].map((id) => rollCall.call(list(id)));
  await turns();
  expect(started.flatMap(({ ids }) => ids)).toEqual(['a', 'b']);
  await answer(0);
  expect(started.flatMap(({ ids }) => ids)).toEqual(['a', 'b', 'c']);
  await answer(1);
  await answer(2);
  await Promise.all(called);
});

it('remembers who answered, since when they were asked', async () => {
  const { rollCall, clock, heard, turns, answer } = stage();
  const called = rollCall.call(list('db1'));
  await turns();
  clock.now = 1_500;
  await answer(0);
  await called;
  expect(heard.all(['db1'])).toBe(true);
  clock.now = 2_000;
  expect(heard.all(['db1'])).toBe(false);
});
