import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/access/access-records.ts';
import { backUpStore } from '../../src/store/backup.ts';
import { inspectStore } from '../../src/store/inspect-store.ts';
import { restoreStore } from '../../src/store/restore.ts';
import { Retention } from '../../src/store/retention.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const dayMs = 24 * 60 * 60 * 1000;

const record = (at: number, more: Partial<AuditRecord> = {}): AuditRecord => ({
  at,
  actor: { name: 'anna', role: 'operator', by: 'token' },
  from: '10.0.0.1',
  action: 'approveAttempt',
  target: { attempt: 'a-1' },
  request: { reason: 'ja' },
  result: 'done',
  status: 200,
  detail: 'approved',
  ...more,
});

/** Ten entries, a day apart. */
async function storeWithAudit(): Promise<string> {
  const folder = await temporaryFolder();
  const store = await openSqliteStore({ folder, now: () => 0 });
  for (let day = 1; day <= 10; day += 1) store.access.write({ audit: [record(day * dayMs)] });
  await store.close();
  return folder;
}

async function changed(folder: string, sql: string) {
  const path = join(folder, databaseFileName);
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  return (await inspectStore(path)).audit;
}

describe('the audit of a store', () => {
  test('is read the newest first, by actor, person, action, result, time and page', async () => {
    const store = await openSqliteStore({ folder: await temporaryFolder(), now: () => 0 });
    store.access.write({ audit: [record(1), record(2, { action: 'pauseAll' })] });
    store.access.write({ audit: [record(3, { result: 'refused' })] });
    store.access.write({
      audit: [record(4, { actor: { name: 'ops', role: 'operator', by: 'token', person: 'berta' } })],
    });
    const read = (query: object) =>
      store.access.audit({ limit: 10, ...query }).map(({ sequence }) => sequence);
    expect(read({})).toEqual([4, 3, 2, 1]);
    expect(read({ limit: 2 })).toEqual([4, 3]);
    expect(read({ limit: 2, before: 3 })).toEqual([2, 1]);
    expect(read({ actor: 'anna' })).toEqual([3, 2, 1]);
    expect(read({ actor: 'berta' })).toEqual([4]);
    expect(read({ action: 'pauseAll' })).toEqual([2]);
    expect(read({ result: 'refused' })).toEqual([3]);
    expect(read({ since: 2, until: 4 })).toEqual([3, 2]);
    expect(store.access.audit({ limit: 1 })[0]).toMatchObject(
      record(4, { actor: { name: 'ops', role: 'operator', by: 'token', person: 'berta' } }),
    );
    await store.close();
  });

  test('hangs together where nobody touched it, and names its last link', async () => {
    const audit = await changed(await storeWithAudit(), 'SELECT 1');
    expect(audit).toEqual({
      entries: 10,
      head: { sequence: 10, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      damages: [],
    });
  });

  test.each([
    'UPDATE audit SET at = 1 WHERE sequence = 3',
    'DELETE FROM audit WHERE sequence = 3',
    'DELETE FROM audit',
  ])('is kept by the database itself from: %s', async (sql) => {
    const folder = await storeWithAudit();
    await expect(changed(folder, sql)).rejects.toThrow('the audit is append-only');
    expect((await inspectStore(join(folder, databaseFileName))).audit?.damages).toEqual([]);
  });

  const withoutTriggers = 'DROP TRIGGER audit_is_kept; DROP TRIGGER audit_is_never_changed;';

  test.each([
    [
      'an entry is changed',
      "UPDATE audit SET entry = replace(entry, 'anna', 'otto') WHERE sequence = 3",
      'entry 3',
    ],
    ['a time is changed', 'UPDATE audit SET at = at + 1 WHERE sequence = 3', 'entry 3'],
    ['an entry is taken out', 'DELETE FROM audit WHERE sequence = 3', 'entries 3 to 3 are gone'],
    ['the first are taken out', 'DELETE FROM audit WHERE sequence < 3', 'entries 1 to 2 are gone'],
    ['the last are taken out', 'DELETE FROM audit WHERE sequence > 8', 'entries 9 to 10 are gone'],
    ['all are taken out', 'DELETE FROM audit', 'entries 1 to 10 are gone'],
    [
      'two change places',
      'UPDATE audit SET sequence = 99 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4; UPDATE audit SET sequence = 4 WHERE sequence = 99',
      'entry 3',
    ],
  ])('shows that %s', async (_what, sql, damage) => {
    const audit = await changed(await storeWithAudit(), withoutTriggers + sql);
    expect(audit?.damages[0]).toContain(damage);
  });

  test('loses only its oldest entries to age, and what is left still hangs together', async () => {
    const folder = await storeWithAudit();
    const database = new DatabaseSync(join(folder, databaseFileName));
    const retention = new Retention(database, {
      ageMs: 1,
      sizeBytes: 1,
      auditAgeMs: 3 * dayMs,
    });
    retention.sweep(10 * dayMs);
    database.close();
    const store = await openSqliteStore({ folder, now: () => 0 });
    expect(store.access.audit({ limit: 100 }).map(({ sequence }) => sequence)).toEqual([10, 9, 8, 7]);
    store.access.write({ audit: [record(11 * dayMs)] });
    await store.close();
    const audit = await changed(folder, 'SELECT 1');
    expect(audit).toMatchObject({ entries: 5, damages: [] });
    expect(
      (await changed(folder, `${withoutTriggers} DELETE FROM audit WHERE sequence = 7`))?.damages,
    ).toEqual(['entries 7 to 7 are gone']);
  });

  test('that age removed whole begins where it was', async () => {
    const folder = await storeWithAudit();
    const database = new DatabaseSync(join(folder, databaseFileName));
    new Retention(database, { ageMs: 1, sizeBytes: 1, auditAgeMs: 1 }).sweep(99 * dayMs);
    database.close();
    const store = await openSqliteStore({ folder, now: () => 0 });
    store.access.write({ audit: [record(100 * dayMs)] });
    await store.close();
    expect(await changed(folder, 'SELECT 1')).toMatchObject({
      entries: 1,
      head: { sequence: 11 },
      damages: [],
    });
  });

  test('goes on in a restored store, which says so and has no sessions', async () => {
    const folder = await storeWithAudit();
    const before = await openSqliteStore({ folder, now: () => 0 });
    const session = {
      hash: new Uint8Array(32),
      credential: 't-1',
      binding: null,
      createdAt: 1,
      expiresAt: 2,
      lastSeenAt: 1,
    };
    before.access.write({ sessions: [session] });
    expect(before.access.sessions()).toHaveLength(1);
    await before.close();
    const file = join(await temporaryFolder(), 'backup.db');
    await backUpStore(folder, file);
    await restoreStore({ file, folder, now: () => 20 * dayMs, renew: () => new Map() });
    const store = await openSqliteStore({ folder, now: () => 0 });
    expect(store.access.sessions()).toEqual([]);
    expect(store.access.audit({ limit: 1 })[0]).toMatchObject({ sequence: 11, action: 'restoreStore' });
    await store.close();
    expect(await changed(folder, 'SELECT 1')).toMatchObject({ entries: 11, damages: [] });
  });
});
