import { OptionError } from '@prunella/guard';
import { type RowSource, stream } from '@prunella/guard/streams';
import { describe, expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import { StandInError } from './stand-in-adapter.ts';

/** A source whose rows come when the test says so. */
class Rows implements AsyncIterable<number> {
  closed = 0;
  #give: ((step: IteratorResult<number>) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#give = resolve;
          this.#fail = reject;
        }),
      return: async () => {
        this.closed += 1;
        return { done: true, value: undefined };
      },
    };
  }

  give(value: number): void {
    this.#give?.({ done: false, value });
  }

  end(): void {
    this.#give?.({ done: true, value: undefined });
  }

  fail(error: unknown): void {
    this.#fail?.(error);
  }
}

function streaming(options: Parameters<typeof stream>[2] = {}) {
  const parts = guarded({ deadlineMs: 1_000 });
  const rows = new Rows();
  const got: number[] = [];
  const reading = (async () => {
    for await (const row of stream(parts.guard, () => rows, options)) got.push(row);
  })();
  return { ...parts, rows, got, reading };
}

describe('a stream', () => {
  test('gives its rows, however long all of them take, and counts as a success from its first row on', async () => {
    const { clock, rows, got, reading, guard, adapter } = streaming();
    for (let row = 0; row < 5; row++) {
      await clock.advance(900);
      rows.give(row);
      await settled();
      expect(guard.condition).toBe('ok');
    }
    rows.end();
    await reading;
    expect(got).toEqual([0, 1, 2, 3, 4]);
    expect([adapter.ended, adapter.abandoned, rows.closed]).toEqual([1, 0, 1]);
  });

  test.each([
    ['for its first row', 0, { firstMs: 300 }],
    ['for a further one', 1, { firstMs: 5_000, idleMs: 300 }],
  ])('that takes too long %s is a timeout, and its source is closed', async (_name, rowsBefore, options) => {
    const { clock, rows, got, reading, guard, adapter } = streaming(options);
    const fault = faultOf(reading);
    for (let row = 0; row < rowsBefore; row++) {
      await settled();
      rows.give(row);
    }
    await clock.advance(290);
    expect(guard.condition).toBe(rowsBefore > 0 ? 'ok' : 'unknown');
    await clock.advance(30);
    expect(await fault).toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'timeout' });
    expect(got.length).toBe(rowsBefore);
    expect([adapter.ended, adapter.abandoned, rows.closed]).toEqual([1, 1, 1]);
  });

  test('is not late where the application takes long over a row', async () => {
    const { clock, guard } = guarded({ deadlineMs: 1_000 });
    const rows = new Rows();
    const iterator = stream(guard, () => rows);
    const first = iterator.next();
    await settled();
    rows.give(1);
    expect(await first).toEqual({ done: false, value: 1 });
    await clock.advance(60_000);
    const second = iterator.next();
    await settled();
    rows.end();
    expect(await second).toEqual({ done: true, value: undefined });
    expect(guard.condition).toBe('ok');
  });

  test('that the application leaves is closed, and no fault', async () => {
    const { guard, adapter } = guarded();
    const rows = new Rows();
    const seen: string[] = [];
    guard.on('fault', ({ fault }) => seen.push(fault.kind));
    const iterator = stream(guard, () => rows);
    const first = iterator.next();
    await settled();
    rows.give(1);
    await first;
    await iterator.return();
    expect([rows.closed, adapter.ended, adapter.abandoned]).toEqual([1, 1, 0]);
    expect(seen).toEqual([]);
  });

  test.each<[string, (rows: Rows) => unknown]>([
    ['that cannot be opened', () => Promise.reject(new StandInError('unreachable'))],
    [
      'that throws at once',
      () => {
        throw new StandInError('unreachable');
      },
    ],
  ])('%s rejects with the fault', async (_name, open) => {
    const { guard } = guarded();
    const rows = new Rows();
    const first = stream(guard, () => open(rows) as RowSource<number>).next();
    expect((await faultOf(first)).kind).toBe('unreachable');
  });

  test('whose source fails later rejects with the fault, counted once', async () => {
    const { rows, reading, guard, got } = streaming();
    const seen: string[] = [];
    guard.on('fault', ({ fault }) => seen.push(fault.kind));
    const fault = faultOf(reading);
    await settled();
    rows.give(1);
    await settled();
    rows.fail(new StandInError('unreachable'));
    expect((await fault).cause).toBeInstanceOf(StandInError);
    expect([got, seen]).toEqual([[1], ['unreachable']]);
  });

  /** As an application may write an iterator by hand, without `async`. */
  function byHand(next: (count: number) => unknown, end: () => unknown = () => {}): AsyncIterable<number> {
    let count = 0;
    const iterator = { next: () => next(count++), return: end };
    return { [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterator<number> };
  }
  const throwing = (error: unknown): never => {
    throw error;
  };
  const gives = (value: number) => Promise.resolve({ done: false, value });

  test.each([0, 1])(
    'whose source throws at once after %i rows rejects with the fault, counted once',
    async (rowsBefore) => {
      const { guard, adapter } = guarded();
      const seen: string[] = [];
      guard.on('fault', ({ fault }) => seen.push(fault.kind));
      const source = byHand((count) =>
        count < rowsBefore ? gives(count) : throwing(new StandInError('unreachable')),
      );
      const got: number[] = [];
      const fault = await faultOf(
        (async () => {
          for await (const row of stream(guard, () => source)) got.push(row);
        })(),
      );
      expect(fault.cause).toBeInstanceOf(StandInError);
      expect([got.length, seen, adapter.ended]).toEqual([rowsBefore, ['unreachable'], 1]);
    },
  );

  test('whose source answers no step is the caller’s mistake', async () => {
    const { guard, adapter } = guarded();
    const fault = await faultOf(stream(guard, () => byHand(() => undefined)).next());
    expect(fault).toMatchObject({ kind: 'caller', message: expect.stringContaining('answered undefined') });
    expect(adapter.ended).toBe(1);
  });

  test('whose source cannot be closed ends all the same, and gives its client back', async () => {
    const { guard, adapter } = guarded();
    for await (const _row of stream(guard, () => byHand(gives, () => throwing(new Error('closed before')))))
      break;
    const ends: string[] = [];
    const source = {
      ...byHand(gives, () => ends.push('return')),
      close() {
        ends.push('close');
        throw new Error('closed before');
      },
    };
    for await (const _row of stream(guard, () => source)) break;
    expect(ends).toEqual(['close', 'return']);
    expect([adapter.ended, adapter.abandoned, guard.condition]).toEqual([2, 0, 'ok']);
  });

  test('that answers no source is the caller’s mistake', async () => {
    const { guard } = guarded();
    const first = stream(guard, () => Reflect.get({}, 'nothing')).next();
    expect((await faultOf(first)).kind).toBe('caller');
  });

  test('that is the trial of an open breaker closes it with its first row', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: { baseMs: 60_000 } });
    adapter.serves = 'unreachable';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    adapter.serves = true;
    await clock.advance(5_000);
    const rows = new Rows();
    const first = stream(guard, () => rows).next();
    await settled();
    expect((await faultOf(guard.run(ask))).code).toBe('PRUNELLA_BREAKER_OPEN');
    rows.give(1);
    await first;
    expect(await guard.run(ask)).toBe('answer');
  });

  test.each([
    [{ firstMs: 0 }, 'option firstMs: given 0; allowed: a number from 1 to 3600000'],
    [{ idleMs: '1s' }, 'option idleMs: given "1s"'],
    [{ batchRows: 1.5 }, 'option batchRows: given 1.5; allowed: a whole number from 1 to 100000'],
    [{ deadlineMs: 5 }, 'option deadlineMs: given "an unknown name"; allowed: firstMs, idleMs'],
    [{ within: {} }, 'option within: given an object'],
  ])('refuses %j at once', (options, message) => {
    const make = () => Reflect.apply(stream, undefined, [guarded().guard, () => [], options]);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});
