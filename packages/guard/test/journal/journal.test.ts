import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError } from '@prunella/guard';
import { openJournal } from '@prunella/guard/journal';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { faultOf, guarded } from '../runtime/guarded.ts';
import { settled } from '../runtime/manual-clock.ts';
import { countingApplication } from './counting-application.ts';

const folder = temporaryFolder();
let file: string;
let files = 0;

beforeEach(() => {
  files += 1;
  file = join(folder, `writes-${files}.db`);
});

describe('a journaled write', () => {
  test('is made at once while all is well, and leaves nothing in the file', async () => {
    const application = await countingApplication(file);
    expect(await application.write('first')).toEqual({ pending: false, value: 1 });
    expect(application.journal.list()).toEqual([]);
    await application.end();
  });

  test('is on disk before it is answered as pending, and is seen by the next read', async () => {
    const application = await countingApplication(file);
    await application.read();
    application.adapter.serves = 'unreachable';
    expect(await application.write('first')).toMatchObject({ pending: true, waiting: 1 });
    // What a SIGKILL at this moment would leave.
    await copyFile(file, `${file}-killed`);
    await copyFile(`${file}-wal`, `${file}-killed-wal`);
    expect(await application.read()).toMatchObject({ value: 1, cacheOnly: true });
    await application.end();
    const left = await openJournal({ file: `${file}-killed` });
    expect(left.list()).toMatchObject([
      {
        id: 1,
        resource: 'stand-in/main',
        name: 'count',
        key: 'monitor:1',
        idempotencyKey: 'first',
        payload: { name: 'first', by: 1 },
        state: 'waiting',
        attempts: 0,
        fault: { code: 'PRUNELLA_FAULT', kind: 'unreachable' },
      },
    ]);
    await left.close();
  });

  test('of a former process is replayed in order once its handler is defined, with its idempotency key', async () => {
    const made: string[] = [];
    const before = await countingApplication(file, made);
    before.adapter.serves = 'unreachable';
    for (const name of ['first', 'second', 'third']) await before.write(name);
    expect(await before.guard.detach()).toEqual({ lostWrites: 0 });
    await before.journal.close();

    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const after = await countingApplication(file, made, { define: false });
    expect(after.writes.waiting).toBe(3);
    await after.clock.advance(60_000);
    expect(made).toEqual([]);
    expect(warned).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('writes named "count" wait in the journal'),
      'PrunellaWarning',
    );
    warned.mockRestore();
    after.defineCount();
    await after.clock.advance(60_000);
    expect(made).toEqual(['first (replayed)', 'second (replayed)', 'third (replayed)']);
    expect([after.writes.waiting, after.journal.entries, after.journal.bytes]).toEqual([0, 0, 0]);
    expect(after.journal.list()).toEqual([]);
    await after.end();
  });

  test('does not overtake those of a former process, and a fresh read shows them', async () => {
    const made: string[] = [];
    const before = await countingApplication(file, made);
    before.adapter.serves = 'unreachable';
    await before.write('first');
    await before.end();
    const after = await countingApplication(file, made);
    expect(await after.write('second')).toMatchObject({
      pending: true,
      waiting: 2,
      reason: { kind: 'unreachable' },
    });
    expect((await after.read()).value).toBe(2);
    await after.clock.advance(60_000);
    expect(made).toEqual(['first (replayed)', 'second (replayed)']);
    await after.end();
  });

  test('reaches apply as JSON gives it back, from the first try on', async () => {
    const { guard } = guarded();
    const journal = await openJournal({ file });
    const seen: unknown[] = [];
    const write = journal.writesFor(guard).define<{ at: Date }>('note', {
      apply: (_handle, { payload }) => {
        seen.push(payload);
      },
    });
    await write({ key: 'a', payload: { at: new Date(0) } });
    expect(seen).toEqual([{ at: '1970-01-01T00:00:00.000Z' }]);
    await guard.detach();
    await journal.close();
  });

  test('whose payload is no JSON value is refused also while all is well', async () => {
    const { guard } = guarded();
    const journal = await openJournal({ file });
    const write = journal.writesFor(guard).define<unknown>('note', { apply: () => {} });
    for (const payload of [5n, undefined, () => {}]) {
      const fault = await faultOf(write({ key: 'a', payload }));
      expect(fault.kind).toBe('caller');
      expect(fault.message).toContain('no JSON value');
    }
    await journal.close();
  });

  test('is refused loudly where the journal is full, by number or by bytes', async () => {
    const application = await countingApplication(file, [], { maximumEntries: 2 });
    const lost: string[] = [];
    application.guard.on('lost', ({ idempotencyKey }) => lost.push(idempotencyKey));
    application.adapter.serves = 'unreachable';
    await application.write('first');
    await application.write('second');
    const fault = await faultOf(application.write('third'));
    expect(fault).toMatchObject({ code: 'PRUNELLA_WRITES_FULL', kind: 'unreachable' });
    expect(fault.message).toContain('2 writes');
    expect(lost).toEqual(['third']);
    await application.end();

    const smaller = await countingApplication(file, [], { maximumBytes: 1_024 });
    smaller.adapter.serves = 'unreachable';
    expect((await faultOf(smaller.write('x'.repeat(500)))).code).toBe('PRUNELLA_WRITES_FULL');
    await smaller.end();
  });

  test('that could not be stored is refused with the reason, and not made later', async () => {
    const application = await countingApplication(file);
    application.adapter.serves = 'unreachable';
    await application.journal.close();
    const fault = await faultOf(application.write('first'));
    expect(fault).toMatchObject({ code: 'PRUNELLA_WRITE_NOT_KEPT', kind: 'unreachable' });
    expect(fault.message).toContain('is closed');
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    expect([application.made, application.writes.waiting]).toEqual([[], 0]);
    await application.guard.detach();
  });
});

describe('a poison entry', () => {
  /** An application with one entry that is its caller's fault and two good ones behind it. */
  async function poisoned() {
    const application = await countingApplication(file);
    const aside: string[] = [];
    application.guard.on('setAside', ({ idempotencyKey, fault }) =>
      aside.push(`${idempotencyKey}: ${fault.kind}`),
    );
    application.adapter.serves = 'unreachable';
    for (const name of ['poison', 'second', 'third']) await application.write(name);
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    return { ...application, aside };
  }

  test('is set aside with its reason, and the others of its key go on', async () => {
    const { aside, made, journal, writes, end } = await poisoned();
    expect(aside).toEqual(['poison: caller']);
    expect(made).toEqual(['second (replayed)', 'third (replayed)']);
    expect(writes.waiting).toBe(0);
    expect(journal.list({ state: 'poison' })).toMatchObject([
      { idempotencyKey: 'poison', fault: { kind: 'caller', message: expect.stringContaining('violates') } },
    ]);
    await end();
  });

  test('stays aside after a restart, until a person has it tried again or gives it up', async () => {
    await (await poisoned()).end();
    const after = await countingApplication(file);
    await after.clock.advance(60_000);
    const [entry] = after.journal.list();
    expect([entry?.state, after.writes.waiting]).toEqual(['poison', 0]);
    after.journal.retry(entry?.id ?? 0);
    expect(after.writes.waiting).toBe(1);
    await after.clock.advance(60_000);
    expect(after.journal.list()).toMatchObject([{ id: entry?.id, state: 'poison' }]);
    after.journal.discard(entry?.id ?? 0);
    expect([after.journal.list(), after.journal.entries, after.journal.bytes]).toEqual([[], 0, 0]);
    expect(() => after.journal.retry(1)).toThrow(expect.objectContaining({ code: 'journal-no-such-entry' }));
    await after.end();
  });

  test('may be one whose replay breaks the connection each time while pings pass', async () => {
    const application = await countingApplication(file, [], { attemptsAtMost: 3 });
    application.adapter.serves = 'unreachable';
    await application.write('killer', 'monitor:2');
    await application.write('good');
    application.adapter.serves = true;
    await application.clock.advance(600_000);
    expect(application.made).toEqual(['good (replayed)']);
    expect(application.journal.list()).toMatchObject([
      { idempotencyKey: 'killer', state: 'poison', attempts: 3, fault: { kind: 'unreachable' } },
    ]);
    await application.end();
  });

  test('does not come of an outage, however long', async () => {
    const application = await countingApplication(file, [], { attemptsAtMost: 2 });
    application.adapter.serves = 'unreachable';
    await application.write('first');
    await application.clock.advance(3_600_000);
    expect(application.journal.list()).toMatchObject([{ state: 'waiting', attempts: 0 }]);
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    expect(application.made).toEqual(['first (replayed)']);
    await application.end();
  });
});

describe('an entry that waits', () => {
  test('can be given up, but not while it is being replayed', async () => {
    const parts = guarded();
    const journal = await openJournal({ file, clock: parts.clock });
    const { promise, resolve } = Promise.withResolvers<void>();
    const write = journal.writesFor(parts.guard).define<number>('note', {
      apply: async (handle, { replay }) => {
        await handle.ask();
        if (replay) await promise;
      },
    });
    parts.adapter.serves = 'unreachable';
    await write({ key: 'a', payload: 1 });
    await write({ key: 'a', payload: 2 });
    parts.adapter.serves = true;
    await parts.clock.advance(900);
    expect(() => journal.discard(1)).toThrow(expect.objectContaining({ code: 'journal-entry-under-way' }));
    journal.discard(2);
    resolve();
    await settled();
    expect([journal.list(), journal.entries]).toEqual([[], 0]);
    await parts.guard.detach();
    await journal.close();
  });
});

describe('an entry whose guard is detached while it is replayed', () => {
  /** One guard after the other on one journal; replays end when the test says so. */
  async function replaying() {
    const journal = await openJournal({ file });
    const calls: string[] = [];
    const ends: ((error?: unknown) => void)[] = [];
    const attachOne = (name: string) => {
      const parts = guarded();
      const writes = journal.writesFor(parts.guard);
      const write = writes.define<number>('note', {
        apply: async (handle, { payload, replay }) => {
          await handle.ask();
          if (!replay) return;
          calls.push(`${payload} by ${name}`);
          await new Promise<void>((resolve, reject) => {
            ends.push((error) => (error === undefined ? resolve() : reject(error)));
          });
        },
      });
      return { ...parts, writes, write };
    };
    const first = attachOne('first');
    first.adapter.serves = 'unreachable';
    for (const payload of [1, 2]) await first.write({ key: 'a', payload });
    first.adapter.serves = true;
    await first.clock.advance(900);
    expect(calls).toEqual(['1 by first']);
    await first.guard.detach();
    const second = attachOne('second');
    await second.guard.run((handle) => handle.ask());
    await second.clock.advance(900);
    const end = async (error?: unknown) => {
      ends.shift()?.(error);
      await settled();
      await second.clock.advance(900);
    };
    return { journal, calls, end, second };
  }

  test('is left by the next guard until that try is over, and leaves the books once', async () => {
    const { journal, calls, end, second } = await replaying();
    expect([calls, second.writes.waiting]).toEqual([['1 by first'], 2]);
    expect(() => journal.discard(1)).toThrow(expect.objectContaining({ code: 'journal-entry-under-way' }));
    await end();
    expect(calls).toEqual(['1 by first', '2 by second']);
    await end();
    expect([journal.list(), journal.entries, journal.bytes, second.writes.waiting]).toEqual([[], 0, 0, 0]);
    await second.guard.detach();
    await journal.close();
  });

  test('is made by the next guard, before later ones, where that try failed', async () => {
    const { journal, calls, end, second } = await replaying();
    await end(new Error('lost'));
    expect(calls).toEqual(['1 by first', '1 by second']);
    await end();
    await end();
    expect(calls).toEqual(['1 by first', '1 by second', '2 by second']);
    expect([journal.entries, journal.bytes]).toEqual([0, 0]);
    await second.guard.detach();
    await journal.close();
  });
});

test('an older entry that a person has tried again does not hide the one that is under way', async () => {
  const parts = guarded();
  const journal = await openJournal({ file, clock: parts.clock });
  const made: number[] = [];
  let isMended = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const write = journal.writesFor(parts.guard).define<number>('note', {
    apply: async (handle, { payload }) => {
      await handle.ask();
      if (payload === 1 && !isMended) throw new TypeError('no such column');
      if (payload === 2) await promise;
      made.push(payload);
    },
  });
  parts.adapter.serves = 'unreachable';
  for (const payload of [1, 2, 3]) await write({ key: 'a', payload });
  parts.adapter.serves = true;
  await parts.clock.advance(900);
  expect(journal.list({ state: 'poison' })).toMatchObject([{ id: 1 }]);
  isMended = true;
  journal.retry(1);
  expect(() => journal.discard(2)).toThrow(expect.objectContaining({ code: 'journal-entry-under-way' }));
  expect(journal.entries).toBe(3);
  resolve();
  await settled();
  expect(made).toEqual([2, 1, 3]);
  expect([journal.list(), journal.entries, journal.bytes]).toEqual([[], 0, 0]);
  await parts.guard.detach();
  await journal.close();
});

describe('one journal', () => {
  test('serves several guards, each with its own entries', async () => {
    const [one, two] = [guarded({ resource: 'postgres/one' }), guarded({ resource: 'postgres/two' })];
    const journal = await openJournal({ file, clock: one.clock });
    const made: string[] = [];
    const writers = [one, two].map(({ guard }) =>
      journal.writesFor(guard).define<string>('note', {
        apply: async (handle, { payload }) => {
          await handle.ask();
          made.push(payload);
        },
      }),
    );
    for (const { adapter } of [one, two]) adapter.serves = 'unreachable';
    for (const [at, write] of writers.entries()) await write({ key: 'a', payload: `of ${at + 1}` });
    expect(journal.list({ resource: 'postgres/two' })).toMatchObject([{ payload: 'of 2' }]);
    two.adapter.serves = true;
    await two.clock.advance(60_000);
    expect(made).toEqual(['of 2']);
    expect(journal.entries).toBe(1);
    expect(() => journal.writesFor(guarded({ resource: 'postgres/one' }).guard)).toThrow(OptionError);
    await Promise.all([one.guard.detach(), two.guard.detach()]);
    await journal.close();
  });

  test('refuses wrong options, names that are taken, and texts that are too long', async () => {
    for (const options of [
      { file: '' },
      { file, maximumEntries: 0 },
      { file, maximumBytes: 1 },
      { file, size: 1 },
    ]) {
      await expect(openJournal(options)).rejects.toThrow(OptionError);
    }
    const journal = await openJournal({ file });
    const { guard } = guarded();
    expect(() => journal.writesFor(guard, { replayConcurrency: 0 })).toThrow(OptionError);
    const writes = journal.writesFor(guard);
    expect(() => journal.writesFor(guard)).toThrow(OptionError);
    const write = writes.define<number>('note', { apply: () => {} });
    expect(() => writes.define('note', { apply: () => {} })).toThrow('not defined yet');
    expect(() => writes.define('', { apply: () => {} })).toThrow(OptionError);
    await expect(write({ key: 'k'.repeat(1_001), payload: 1 })).rejects.toThrow(OptionError);
    const misspelt = { key: 'a', payload: 1, idempotencykey: 'o-1' };
    await expect(write(misspelt)).rejects.toThrow('idempotencykey');
    await journal.close();
  });
});
