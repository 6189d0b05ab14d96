import type { Outcome, ReadAnswer } from '@prunella/guard';
import { degradedWrites } from '@prunella/guard/writes';
import { expect, expectTypeOf, test } from 'vitest';
import { ask, guarded } from './guarded.ts';

test('what load answers is what read answers, and merge sees the same', async () => {
  const { guard } = guarded();
  const answer = guard.read({
    key: 'monitor:1',
    load: async () => ({ failcount: 1 }),
    merge: (fresh, cached) => {
      expectTypeOf(cached).toEqualTypeOf<{ failcount: number }>();
      return fresh;
    },
  });
  expectTypeOf(answer).toEqualTypeOf<Promise<ReadAnswer<{ failcount: number }>>>();
  expect((await answer).value.failcount).toBe(1);
});

test('the value of tryRun is reached only after asking whether there is one', async () => {
  const { guard } = guarded();
  const outcome = await guard.tryRun(ask);
  expectTypeOf(outcome).toEqualTypeOf<Outcome<string>>();
  // @ts-expect-error: not before `ok` was asked for
  expect(outcome.value).toBe('answer');
  if (!outcome.ok) throw new Error(outcome.fault.message);
  expectTypeOf(outcome.value).toEqualTypeOf<string>();
});

test('a pending write has no value', async () => {
  const { guard } = guarded();
  const written = await degradedWrites(guard).write({
    key: 'monitor:1',
    payload: { by: 2 },
    apply: (handle, { payload }) => {
      expectTypeOf(payload).toEqualTypeOf<{ by: number }>();
      return handle.ask();
    },
  });
  if (written.pending) throw new Error(written.reason.message);
  expectTypeOf(written.value).toEqualTypeOf<string>();
  expect(written.value).toBe('answer');
});
