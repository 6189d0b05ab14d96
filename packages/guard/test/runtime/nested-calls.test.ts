import { degradedWrites } from '@prunella/guard/writes';
import { expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { ManualClock, settled } from './manual-clock.ts';

/** A guard around another one, on one clock; the outer one has nothing at its own resource. */
function nested(deadlines: { outer: number; inner: number }) {
  const clock = new ManualClock();
  const outer = guarded({ resource: 'stand-in/outer', clock, deadlineMs: deadlines.outer });
  const inner = guarded({ resource: 'stand-in/inner', clock, deadlineMs: deadlines.inner });
  outer.adapter.waiting = true;
  const counted: string[] = [];
  for (const { guard } of [outer, inner]) {
    guard.on('fault', ({ fault }) => counted.push(`${guard.resource} ${fault.kind}`));
  }
  return { clock, outer, inner, counted };
}

test.each([
  ['the outer one has as much time', { outer: 1_000, inner: 1_000 }],
  ['the outer one has a little less', { outer: 996, inner: 1_000 }],
  ['the outer one has a little more', { outer: 1_004, inner: 1_000 }],
])('a miss of both at the same moment is counted once, innermost: %s', async (_name, deadlines) => {
  const { clock, outer, inner, counted } = nested(deadlines);
  inner.adapter.serves = 'never';
  const call = faultOf(outer.guard.run(() => inner.guard.run(ask)));
  await clock.advance(1_100);
  expect(await call).toMatchObject({
    code: 'PRUNELLA_DEADLINE',
    resource: 'stand-in/inner',
    kind: 'timeout',
  });
  expect(counted).toEqual(['stand-in/inner timeout']);
  expect([outer.guard.condition, inner.guard.condition]).toEqual(['unknown', 'down']);
});

test('a database that hangs beside a cache that hangs is noticed, too', async () => {
  const { clock, outer, inner, counted } = nested({ outer: 1_000, inner: 1_000 });
  outer.adapter.waiting = false;
  for (const { adapter } of [outer, inner]) adapter.serves = 'never';
  const call = faultOf(outer.guard.run((handle) => Promise.all([handle.ask(), inner.guard.run(ask)])));
  await clock.advance(1_100);
  expect((await call).resource).toBe('stand-in/outer');
  expect(counted).toEqual(['stand-in/inner timeout', 'stand-in/outer timeout']);
});

test('nested calls share the time of the outermost, after an await by `within`', async () => {
  const { clock, outer, inner } = nested({ outer: 1_000, inner: 5_000 });
  const left: number[] = [];
  await outer.guard.run(async (_handle, context) => {
    await inner.guard.run((_inner, { remainingMs }) => left.push(remainingMs.call(context)));
    clock.block(400);
    await inner.guard.run((_handle, part) => left.push(part.remainingMs()), { within: context });
    await inner.guard.run((_handle, part) => left.push(part.remainingMs()));
  });
  expect(left).toEqual([1_000, 600, 5_000]);
});

test('an inner call that was left too little time says nothing about its resource', async () => {
  const { clock, outer, inner, counted } = nested({ outer: 1_000, inner: 5_000 });
  inner.adapter.serves = 'never';
  const call = faultOf(outer.guard.run(() => inner.guard.run(ask)));
  await clock.advance(1_100);
  expect((await call).resource).toBe('stand-in/outer');
  expect(counted).toEqual(['stand-in/outer local']);
  expect(inner.adapter.abandoned).toBe(1);
  expect(inner.guard.condition).toBe('unknown');
});

test('an inner call that has ended is no part of the outer one’s miss', async () => {
  const { clock, outer, inner, counted } = nested({ outer: 1_000, inner: 1_000 });
  const call = faultOf(
    outer.guard.run(async () => {
      await inner.guard.run(ask);
      await new Promise(() => {});
    }),
  );
  await clock.advance(1_100);
  expect((await call).resource).toBe('stand-in/outer');
  expect(counted).toEqual(['stand-in/outer local']);
});

test('a read and a write inside a call share its time, too', async () => {
  const { clock, outer, inner } = nested({ outer: 1_000, inner: 5_000 });
  const writes = degradedWrites(inner.guard);
  const left: number[] = [];
  await outer.guard.run(async (_handle, within) => {
    clock.block(400);
    await inner.guard.read({
      key: 'monitor:1',
      load: (_inner, context) => left.push(context.remainingMs()),
      within,
    });
    await writes.write({
      key: 'monitor:1',
      payload: 1,
      apply: (_inner, context) => {
        left.push(context.remainingMs());
        return inner.guard.run((_handle, part) => left.push(part.remainingMs()), { within: context });
      },
      within,
    });
  });
  expect(left).toEqual([600, 600, 600]);
});

test('a read waits for the load of another one no longer than the call that it is a part of', async () => {
  const { clock, outer, inner } = nested({ outer: 1_000, inner: 5_000 });
  inner.adapter.serves = 'never';
  const first = inner.guard.read({ key: 'monitor:1', load: ask }).catch(() => {});
  const call = faultOf(
    outer.guard.run((_handle, within) => inner.guard.read({ key: 'monitor:1', load: ask, within })),
  );
  await clock.advance(1_100);
  expect((await call).code).toBe('PRUNELLA_DEADLINE');
  await clock.advance(4_000);
  await first;
});

test('what is no context of a call is refused as `within`', () => {
  const { guard } = guarded();
  expect(() => Reflect.apply(guard.run, guard, [ask, { within: {} }])).toThrow(
    'option within: given an object; allowed: the context of a guarded call',
  );
});

test('a guard has one timer at most: calls, looks and the recovery share it', async () => {
  const { guard, adapter, clock } = guarded({ idlePingMs: 1_000 });
  let most = 0;
  const watch = () => {
    most = Math.max(most, clock.timers);
  };
  adapter.serves = 'unreachable';
  for (let round = 0; round < 50; round++) {
    if (round === 25) adapter.serves = true;
    const calls = Promise.all(Array.from({ length: 20 }, () => guard.tryRun(ask)));
    watch();
    await clock.advance(round % 3 === 0 ? 700 : 20);
    watch();
    await calls;
  }
  expect(most).toBe(1);
  expect(guard.condition).toBe('ok');
  await guard.detach();
  await settled();
  await clock.advance(200);
  expect(clock.timers).toBe(0);
});

test('a clock that jumps makes no miss a timeout, and later deadlines are kept', async () => {
  const { guard, adapter, clock } = guarded();
  adapter.serves = 'never';
  const jumped = faultOf(guard.run(ask));
  clock.block(3_600_000);
  await clock.advance(10);
  expect((await jumped).kind).toBe('local');
  const next = faultOf(guard.run(ask));
  await clock.advance(1_010);
  expect((await next).kind).toBe('timeout');
});
