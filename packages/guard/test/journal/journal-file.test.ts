import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openJournal, viewJournal } from '@prunella/guard/journal';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { faultOf } from '../runtime/guarded.ts';
import { countingApplication } from './counting-application.ts';

const folder = temporaryFolder();
let file: string;
let files = 0;

beforeEach(() => {
  files += 1;
  file = join(folder, `writes-${files}.db`);
});

const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

function change(path: string, statement: string): void {
  const database = new DatabaseSync(path);
  database.exec(statement);
  database.close();
}

describe('the file of a journal', () => {
  test('is for its user alone', async () => {
    const journal = await openJournal({ file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  test('is refused, with the process that has it, to a second process and to a second time in this one', async () => {
    const journal = await openJournal({ file });
    const other = fileURLToPath(import.meta.resolve('./other-process.ts'));
    const openElsewhere = async () => {
      const node = [process.execPath, ['--conditions=prunella-source', other, file]] as const;
      return (await promisify(execFile)(...node)).stdout;
    };
    const elsewhere = await openElsewhere();
    expect(elsewhere).toContain('journal-held: ');
    expect(elsewhere).toContain(`process ${process.pid}`);
    await expect(openJournal({ file })).rejects.toMatchObject({ code: 'journal-held' });
    // A file that is closed loses what locks its process had on it.
    expect(await openElsewhere()).toContain('journal-held: ');
    await symlink(file, `${file}-link`);
    await expect(openJournal({ file: `${file}-link` })).rejects.toMatchObject({ code: 'journal-held' });
    await journal.close();
    await (await openJournal({ file })).close();
  });

  test('is left as it is where it is garbage, damaged, another program’s, or of a newer version', async () => {
    await writeFile(file, 'these are not the bytes of a database');

    const damaged = `${file}-damaged`;
    const application = await countingApplication(damaged);
    application.adapter.serves = 'unreachable';
    for (let count = 0; count < 200; count++) await application.write(`write ${count} ${'x'.repeat(500)}`);
    await application.end();
    const bytes = await readFile(damaged);
    bytes.fill(0xa5, 5_000, bytes.length - 100);
    await writeFile(damaged, bytes);

    const foreign = `${file}-foreign`;
    change(foreign, 'CREATE TABLE orders (id INTEGER)');

    const newer = `${file}-newer`;
    await (await openJournal({ file: newer })).close();
    change(newer, 'PRAGMA user_version = 2');

    const expected = { [file]: 'corrupt', [damaged]: 'corrupt', [foreign]: 'foreign', [newer]: 'newer' };
    for (const [path, what] of Object.entries(expected)) {
      const before = await hashOf(path);
      await expect(openJournal({ file: path }), path).rejects.toMatchObject({
        code: `journal-${what}`,
        message: expect.stringContaining(path),
      });
      await expect(viewJournal(path), path).rejects.toMatchObject({ code: `journal-${what}` });
      expect(await hashOf(path), path).toBe(before);
    }
  });

  test('is small again after a long outage, once it is opened anew', async () => {
    const application = await countingApplication(file);
    application.adapter.serves = 'unreachable';
    const writes = Array.from({ length: 800 }, (_, count) =>
      application.write(`${count} ${'x'.repeat(900)}`, `${count}`),
    );
    await Promise.all(writes);
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    expect(application.journal.entries).toBe(0);
    await application.end();
    expect((await stat(file)).size).toBeGreaterThan(1_048_576);
    await (await openJournal({ file })).close();
    expect((await stat(file)).size).toBeLessThan(65_536);
  });

  test('that cannot be written is told, keeps nothing silently, and is put right when it can be written', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const application = await countingApplication(file);
    application.adapter.serves = 'unreachable';
    await application.write('first');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const fault = await faultOf(application.write('second'));
    expect(fault).toMatchObject({ code: 'PRUNELLA_WRITE_NOT_KEPT' });
    expect(fault.message).toContain('another program has it locked');
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    expect(application.made).toEqual(['first (replayed)']);
    expect(() => application.journal.list()).toThrow('locked');
    expect(warned.mock.calls.filter(([text]) => String(text).includes('locked')).length).toBe(1);
    other.close();
    expect(application.journal.list()).toEqual([]);
    await application.end();
    warned.mockRestore();
  });

  test('that refuses one entry keeps those that are written with it', async () => {
    const application = await countingApplication(file);
    application.adapter.serves = 'unreachable';
    const lost: string[] = [];
    application.guard.on('lost', ({ idempotencyKey }) => lost.push(idempotencyKey));
    change(
      file,
      `CREATE TRIGGER house_rule BEFORE INSERT ON entries WHEN NEW.idempotency_key = 'second'
       BEGIN SELECT RAISE(ABORT, 'not in this house'); END`,
    );
    const names = ['first', 'second', 'third'];
    const outcomes = await Promise.allSettled(
      names.map((name) => application.write(name, `monitor:${name}`)),
    );
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { pending: true } },
      {
        status: 'rejected',
        reason: {
          code: 'PRUNELLA_WRITE_NOT_KEPT',
          message: expect.stringContaining('the file refuses this entry'),
        },
      },
      { status: 'fulfilled', value: { pending: true } },
    ]);
    expect(lost).toEqual(['second']);
    expect(application.journal.list().map((entry) => entry.idempotencyKey)).toEqual(['first', 'third']);
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    expect([application.journal.entries, application.journal.bytes]).toEqual([0, 0]);
    expect([...application.made].sort()).toEqual(['first (replayed)', 'third (replayed)']);
    await application.end();
  });

  test('that cannot be made is refused with what to do', async () => {
    const nowhere = openJournal({ file: join(folder, 'no', 'such', 'folder.db') });
    await expect(nowhere).rejects.toMatchObject({
      code: 'journal-failed',
      message: expect.stringContaining('folder'),
    });
    await mkdir(file);
    await expect(openJournal({ file })).rejects.toMatchObject({ code: 'journal-failed' });
  });

  test('is refused clearly where this Node.js has no SQLite', async () => {
    const script = `import('@prunella/guard/journal').then(({ openJournal }) => openJournal({ file: ${JSON.stringify(file)} }))
      .catch((error) => process.stdout.write(error.code + ': ' + error.message))`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=prunella-source',
      '--no-experimental-sqlite',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout).toContain('journal-no-sqlite: ');
    expect(stdout).toContain('Node.js 22.13 or later');
  });
});

describe('beside the application', () => {
  /** A running application with one entry set aside and one that waits. */
  async function running() {
    const application = await countingApplication(file);
    application.adapter.serves = 'unreachable';
    await application.write('poison');
    application.adapter.serves = true;
    await application.clock.advance(60_000);
    application.adapter.serves = 'unreachable';
    await application.write('waits', 'monitor:2');
    return application;
  }

  test('a journal can be read while it is written to', async () => {
    const application = await running();
    const view = await viewJournal(file);
    expect(view.list()).toMatchObject([
      { id: 1, state: 'poison' },
      { id: 2, state: 'waiting' },
    ]);
    expect(view.list({ state: 'waiting', limit: 5 })).toMatchObject([{ id: 2 }]);
    expect(view.entry(1)).toMatchObject({ payload: { name: 'poison', by: 1 } });
    expect(view.entry(9)).toBeUndefined();
    view.close();
    await application.end();
  });

  test('requests are answered by the application, also by one that is started later', async () => {
    const application = await running();
    const view = await viewJournal(file);
    const retry = view.ask('retry', 1);
    const unknown = view.ask('discard', 77);
    expect(view.isOpen(retry)).toBe(true);
    await application.clock.advance(1_000);
    await vi.waitFor(() => expect([view.isOpen(retry), view.isOpen(unknown)]).toEqual([false, false]));
    expect(view.entry(1)).toMatchObject({ state: 'waiting', attempts: 0 });
    await application.end();
    const discard = view.ask('discard', 1);
    const after = await countingApplication(file);
    await vi.waitFor(() => expect(view.isOpen(discard)).toBe(false));
    expect(view.list()).toMatchObject([{ id: 2 }]);
    view.close();
    await after.end();
  });
});
