import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Adapter, attach } from '@prunella/guard';
import { openJournal } from '@prunella/guard/journal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-journal-'));
  file = join(folder, 'writes.db');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A resource that is away until `serves`; then it refuses what is named bad. */
class StandIn implements Adapter<StandIn> {
  readonly driver = 'stand-in';
  serves = false;

  lease() {
    return { handle: this, abandon() {}, waitsForOwnPool: () => false, end() {} };
  }

  classify(error: unknown) {
    const kind = error instanceof RangeError ? 'caller' : 'unreachable';
    return { kind, outcomeUnknown: false, evict: false } as const;
  }

  async ping(): Promise<void> {
    if (!this.serves) throw new Error('connection refused');
  }

  async insert(what: string): Promise<void> {
    await this.ping();
    if (what === 'bad') throw new RangeError('violates a constraint\u001b[2J');
  }
}

/** An application that kept `good`, and set `bad` aside, which has the id 1. */
async function application() {
  const adapter = new StandIn();
  const guard = attach(adapter, { resource: 'stand-in/main', reconnect: { baseMs: 1, capMs: 10 } });
  const journal = await openJournal({ file });
  const writes = journal.writesFor(guard);
  const insert = writes.define<{ what: string }>('insert', {
    apply: (handle, { payload }) => handle.insert(payload.what),
  });
  const write = (what: string, key: string) =>
    insert({ key, payload: { what }, idempotencyKey: `id of ${what}` });
  await write('bad', 'order:1');
  adapter.serves = true;
  await expect.poll(() => journal.list({ state: 'poison' }).length, { timeout: 20_000 }).toBe(1);
  adapter.serves = false;
  await write('good', 'order:2');
  const end = async () => {
    await guard.detach();
    await journal.close();
  };
  return { adapter, journal, writes, end };
}

const json = async (...words: string[]) => {
  const run = await runCommand(['journal', ...words, '--json']);
  return { ...run, answer: JSON.parse(run.stdout) };
};

describe('prunella journal', () => {
  it('lists and shows what is kept beside the running application', async () => {
    const { end } = await application();
    const listed = await runCommand(['journal', 'list', file]);
    expect(listed.stdout).toMatch(/^1 {2}insert order:1 {2}to stand-in\/main {2}set aside {2}kept 20/m);
    expect(listed.stdout).toMatch(/^2 {2}insert order:2 {2}to stand-in\/main {2}waiting {2}kept 20/m);
    expect(listed.stdout).toContain('violates a constraint·[2J');
    expect((await json('list', file, '--state', 'waiting')).answer.entries).toMatchObject([{ id: 2 }]);
    expect((await json('list', file, '--after', '1', '--limit', '1')).answer.entries).toMatchObject([
      { id: 2 },
    ]);
    expect((await json('list', file, '--resource', 'other/main')).answer.entries).toEqual([]);
    expect((await json('poison', file)).answer.entries).toMatchObject([{ id: 1, fault: { kind: 'caller' } }]);
    const shown = await runCommand(['journal', 'show', 'writes.db', '1'], { workingDirectory: folder });
    expect(shown.stdout).toContain('idempotency key id of bad');
    expect(shown.stdout).toContain('"what": "bad"');
    expect((await json('show', file, '1')).answer.entry.payload).toEqual({ what: 'bad' });
    await end();
  });

  it('has the running application try again, and give up', async () => {
    const { writes, journal, end } = await application();
    const retried = await json('retry', file, '--all');
    expect(retried.answer).toEqual({ action: 'retry', done: [1], requested: [] });
    expect(writes.waiting).toBe(2);
    expect((await runCommand(['journal', 'discard', file, '1', '2'])).stdout).toBe(
      '1 is given up\n2 is given up\n',
    );
    expect([writes.waiting, journal.entries]).toEqual([0, 0]);
    expect((await runCommand(['journal', 'retry', file, '--all'])).stdout).toBe('None is set aside.\n');
    await end();
  });

  it('does so itself where no application has the journal open', async () => {
    await (await application()).end();
    expect((await json('retry', file, '1')).answer.done).toEqual([1]);
    expect((await json('list', file, '--state', 'poison')).answer.entries).toEqual([]);
    expect((await json('discard', file, '1')).answer.done).toEqual([1]);
    expect((await json('list', file)).answer.entries).toMatchObject([{ id: 2, state: 'waiting' }]);
  });

  it('says what is wrong, and changes nothing', async () => {
    await (await application()).end();
    const wrong: [string[], number, string][] = [
      [['list', join(folder, 'none.db')], 1, 'journal-missing'],
      [['show', file, '77'], 1, 'journal-no-such-entry'],
      [['discard', file, '1', '77'], 1, 'journal-no-such-entry'],
      [['show', file, 'x'], 2, 'usage'],
      [['list', file, '--state', 'dead'], 2, 'usage'],
      [['list', file, '--limit', '0'], 2, 'usage'],
      [['retry', file], 2, 'usage'],
      [['retry', file, '1', '--all'], 2, 'usage'],
    ];
    for (const [words, exitCode, code] of wrong) {
      const run = await json(...words);
      expect([words, run.exitCode, run.answer.error.code]).toEqual([words, exitCode, code]);
    }
    expect((await json('list', file)).answer.entries.length).toBe(2);
  });

  it('explains itself', async () => {
    const { stdout, exitCode } = await runCommand(['journal', '--help']);
    expect(exitCode).toBe(0);
    for (const name of ['list', 'show', 'poison', 'retry', 'discard']) expect(stdout).toContain(name);
  });
});
