import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { initialFleetState } from '@prunella/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fleetIn } from '../../src/engine/fleet-states.ts';
import { emptyLedger } from '../../src/engine/ledger.ts';
import { startWorld } from '../../src/engine/start-world.ts';
import { migrateStore } from '../../src/store/migrate.ts';
import { schemaVersion } from '../../src/store/migrations.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction } from '../../src/store/store.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { runCommand } from '../commands/run-command.ts';
import { EngineUnderTest } from '../engine/engine-under-test.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { workshop } from '../healer/workshop.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Stores as versions before this one left them: one closed incident, and one open with an order under way. */
const stores = fileURLToPath(new URL('./stores', import.meta.url));
/** When the healer of these stores was stopped. */
const stoppedAt = 1_700_001_865_000;

async function oldStore(name: string, folder?: string): Promise<string> {
  const place = folder ?? (await temporaryFolder());
  await copyFile(join(stores, name), join(place, databaseFileName));
  return place;
}

interface Contents {
  readonly version: number;
  readonly schema: unknown;
  /** The states as the values that they are: JSON does not say in which order an object has its keys. */
  readonly rows: Record<string, unknown>;
}

function write(folder: string, states: Readonly<Record<string, unknown>>): void {
  const database = new DatabaseSync(join(folder, databaseFileName));
  const put = database.prepare('INSERT OR REPLACE INTO states (key, state) VALUES (?, ?)');
  for (const [key, state] of Object.entries(states)) put.run(key, JSON.stringify(state));
  database.close();
}

function read(folder: string): Contents {
  const database = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
  try {
    const tables = ['meta', 'events', 'states', 'outbox', 'attempts', 'signals', 'incidents'];
    return {
      version: Number(database.prepare('PRAGMA user_version').get()?.['user_version']),
      schema: database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all(),
      rows: Object.fromEntries(
        tables.map((table) => [
          table,
          database
            .prepare(`SELECT * FROM ${table} ORDER BY 1`)
            .all()
            .map((row) => (table === 'states' ? { ...row, state: JSON.parse(String(row['state'])) } : row)),
        ]),
      ),
    };
  } finally {
    database.close();
  }
}

describe('a store of an older version', () => {
  it('there is one of each older schema', async () => {
    const names = Array.from({ length: schemaVersion - 1 }, (_, index) => `schema-${index + 1}.db`);
    expect(await readdir(stores)).toEqual(names);
  });

  it.each([1, 3])(
    'schema %i: the healer goes on with its incident and looks for its order',
    async (schema) => {
      const folder = await oldStore(`schema-${schema}.db`);
      const backend = new StandInBackend();
      const looked: (string | null)[] = [];
      backend.finding = async (order, reference) => {
        looked.push(`${order.attempt} ${reference}`);
        return { found: 'ended', result: { outcome: 'succeeded', summary: 'applied', targets: [] } };
      };
      const test = await EngineUnderTest.start({
        folder,
        backend,
        clock: new VirtualClock(stoppedAt + 1_000),
        isUp: false,
      });
      await test.clock.advance(1_000);
      expect(looked).toEqual(['postgres~main.loyx7nxk.1 job 2']);
      expect(backend.sent, 'nothing is sent again').toEqual([]);
      test.database(true);
      await test.pass(60, { a: 'ok', b: 'ok' });
      expect(await test.engine.incidents({ open: true, limit: 10 })).toEqual([]);
      expect(await test.engine.incidents({ limit: 10 })).toHaveLength(2);
      expect(test.engine.ledger()).toMatchObject({ accepted: 2, executed: 2 });
      const again = { id: 'exit 7', source: 'alerts', type: 'process.exit', resource: 'postgres/main' };
      expect(await test.engine.signal({ ...again, status: 'firing', summary: 'x' })).toEqual({
        accepted: true,
        duplicate: true,
      });
    },
  );

  it.each([1, 2, 3, 4, 5])(
    'schema %i: is taken up and back to what it was, table by table',
    async (schema) => {
      const folder = await oldStore(`schema-${schema}.db`);
      const before = read(folder);
      expect(before.version).toBe(schema);
      expect(await migrateStore(folder)).toEqual({ from: schema, to: schemaVersion });
      const up = read(folder);
      const { states: _before, ...others } = before.rows;
      expect(up).toMatchObject({ version: schemaVersion, rows: others });
      expect([up.schema, up.rows['states']]).not.toEqual([before.schema, before.rows['states']]);
      expect(await migrateStore(folder, schema)).toEqual({ from: schemaVersion, to: schema });
      expect(read(folder)).toEqual(before);
    },
  );

  it('schema 3: tokens go on as they were, and may send none of the healer’s own signals', async () => {
    const store = await openSqliteStore({ folder: await oldStore('schema-3.db'), now: () => stoppedAt });
    onTestFinished(() => store.close());
    expect(store.access.tokens()).toMatchObject([
      { name: 'berta', role: 'operator', signals: null },
      { name: 'shop', role: 'reporter', services: ['shop'], resources: ['postgres/main'], signals: null },
    ]);
    expect(store.access.audit({ limit: 10 })).toHaveLength(2);
  });

  it('schema 4: what the fleet keeps gets a row each, in its order, and what waits in the ledger goes to its resource', async () => {
    const folder = await oldStore('schema-4.db');
    const attempts = Array.from({ length: 12 }, (_, number) => `a${11 - number}`);
    const fleet = {
      ...initialFleetState('a', 1),
      fenceNumber: 12,
      leases: attempts.map((attempt) => ({
        attempt,
        resource: `r/${attempt}`,
        targets: [attempt],
        used: true,
      })),
      waiting: attempts.map((attempt) => ({ attempt: `${attempt}b`, resource: 'r/x', targets: [attempt] })),
      starts: [],
      standings: Object.fromEntries(
        attempts.map((attempt) => [`r/${attempt}`, { resource: `r/${attempt}`, targets: [], dependsOn: [] }]),
      ),
      openings: attempts.map((attempt, at) => ({ incident: attempt, at })),
    };
    const ledger = { ...emptyLedger, accepted: 2, pending: 2, pendingAt: { 'r/a1': 2 } };
    const record = { version: 1, machine: {}, wakeAt: null, playbook: null, watched: true };
    write(folder, { fleet, ledger, 'resource/r/a1': record, 'resource/r/a2': record });
    const before = read(folder);
    await migrateStore(folder);
    const store = await openSqliteStore({ folder, now: () => stoppedAt });
    const { states } = await store.load();
    await store.close();
    expect(JSON.parse(JSON.stringify(fleetIn(states)))).toEqual(JSON.parse(JSON.stringify(fleet)));
    expect(
      fleetIn(states)
        ?.leases.rows()
        .map(({ attempt }) => attempt),
    ).toEqual(attempts);
    expect(
      fleetIn(states)
        ?.standings?.rows()
        .map((each) => each.resource),
    ).toEqual(attempts.map((attempt) => `r/${attempt}`));
    expect([states.get('resource/r/a1'), states.get('resource/r/a2')]).toMatchObject([
      { pending: 2 },
      { pending: 0 },
    ]);
    await migrateStore(folder, 4);
    expect(read(folder)).toEqual(before);
  });

  it('schema 5: signals that nothing opened on are kept, known, and taken back', async () => {
    const folder = await oldStore('schema-5.db');
    const before = read(folder);
    const unheeded = [
      { source: 'alerts', type: 'disk.full', node: null, summary: '99 %', at: 1_700_001_857_000 },
    ];
    expect(before.rows['states']).toContainEqual({
      key: 'resource/postgres/main',
      state: expect.objectContaining({ machine: expect.objectContaining({ unheededSignals: unheeded }) }),
    });
    await migrateStore(folder);
    const up = read(folder).rows['states'];
    expect(up).toContainEqual({ key: 'unheeded/postgres/main', state: { version: 1, signals: unheeded } });
    expect(JSON.stringify(up)).not.toContain('unheededSignals');
    await migrateStore(folder, 5);
    expect(read(folder)).toEqual(before);
    const clock = new VirtualClock(stoppedAt + 1_000);
    const test = await EngineUnderTest.start({ folder, clock, backend: new StandInBackend(), isUp: false });
    const { machine } = startWorld(await test.store.load()).record('postgres/main') ?? {};
    expect(machine?.unheededSignals).toEqual(unheeded);
    const again = { id: 'disk 1', source: 'alerts', type: 'disk.full', resource: 'postgres/main' };
    expect(await test.engine.signal({ ...again, status: 'firing', summary: 'x' })).toEqual({
      accepted: true,
      duplicate: true,
    });
  });

  it('schema 5: what was fresh when this version stopped is in every index on the way back', async () => {
    const folder = await oldStore('schema-5.db');
    const store = await openSqliteStore({ folder, now: () => stoppedAt });
    onTestFinished(() => store.close());
    const event = { type: 'suspicion-ended', reason: 'fresh' } as const;
    await store.commit({
      ...emptyTransaction,
      events: [{ at: stoppedAt, resource: 'redis/cache', incident: null, event }],
      signals: [{ key: 'fresh', at: stoppedAt }],
    });
    // As a kill leaves it.
    const killed = await temporaryFolder();
    for (const suffix of ['', '-wal']) {
      await copyFile(join(folder, databaseFileName) + suffix, join(killed, databaseFileName) + suffix);
    }
    await migrateStore(killed, 5);
    const { rows } = read(killed);
    expect(rows['signals']).toContainEqual({ key: 'fresh', at: stoppedAt });
    expect(rows['events']).toContainEqual(expect.objectContaining({ resource: 'redis/cache' }));
    await migrateStore(killed);
    const again = await openSqliteStore({ folder: killed, now: () => stoppedAt });
    onTestFinished(() => again.close());
    expect(await again.read({ resource: 'redis/cache', limit: 10 })).toHaveLength(1);
    expect(await again.hasSignal('fresh')).toBe(true);
  });

  it('what this version wrote is kept on the way back', async () => {
    const folder = await oldStore('schema-1.db');
    const store = await openSqliteStore({ folder, now: () => stoppedAt });
    const event = { type: 'suspicion-ended', reason: 'of the newer version' } as const;
    await store.commit({
      ...emptyTransaction,
      events: [{ at: stoppedAt, resource: 'postgres/main', incident: null, event }],
      states: new Map([['of the newer version', { version: 1 }]]),
    });
    await store.close();
    const written = read(folder).rows;
    await migrateStore(folder, 1);
    await migrateStore(folder);
    expect(read(folder).rows).toEqual(written);
  });

  it('a fresh store and a migrated one are alike', async () => {
    const fresh = await temporaryFolder();
    await (await openSqliteStore({ folder: fresh, now: () => 1 })).close();
    const old = await oldStore('schema-1.db');
    await migrateStore(old);
    expect(read(fresh).schema).toEqual(read(old).schema);
  });

  it('can be read by `backtest` before it was migrated', async () => {
    const { readRecordedLog } = await import('../../src/store/read-log.ts');
    const folder = await oldStore('schema-1.db');
    expect((await readRecordedLog(folder, 0)).entries).toHaveLength(27);
    expect(read(folder).version).toBe(1);
  });
});

/** What a version to come might leave: a table more, and the way back in the store. */
async function newerStore(folder: string): Promise<void> {
  await (await openSqliteStore({ folder, now: () => 1 })).close();
  const database = new DatabaseSync(join(folder, databaseFileName));
  database.exec('CREATE TABLE of_the_future (x TEXT) STRICT');
  database
    .prepare('INSERT INTO migrations (version, down) VALUES (?, ?)')
    .run(schemaVersion + 1, 'DROP TABLE of_the_future');
  database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
  database.close();
}

describe('a store of a newer version', () => {
  it('is refused with the command that takes it back, and that command does', async () => {
    const { folder, store } = workshop({ configuration: 'server: { port: 0 }\n' });
    await newerStore(store);
    const before = read(store);
    await expect(openSqliteStore({ folder: store, now: () => 1 })).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringContaining(`take it back with \`prunella migrate --to ${schemaVersion}\``),
    });
    expect(read(store), 'a refused store is as it was').toEqual(before);
    const { stdout, exitCode } = await runCommand(['migrate', '--to', `${schemaVersion}`], {
      workingDirectory: folder,
    });
    expect(stdout).toBe(
      `the store in ${store} is of schema ${schemaVersion} now; it was of ${schemaVersion + 1}\n`,
    );
    expect(exitCode).toBe(0);
    const fresh = await temporaryFolder();
    await (await openSqliteStore({ folder: fresh, now: () => 1 })).close();
    expect(read(store).schema).toEqual(read(fresh).schema);
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
  });

  it('stays as it was where its way back has a gap, or a step fails', async () => {
    const folder = await temporaryFolder();
    await newerStore(folder);
    const database = new DatabaseSync(join(folder, databaseFileName));
    database.exec(`PRAGMA user_version = ${schemaVersion + 2}`);
    const gap = read(folder);
    await expect(migrateStore(folder)).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringContaining('does not hold the whole way back'),
    });
    expect(read(folder)).toEqual(gap);
    database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    database.exec("UPDATE migrations SET down = 'DROP TABLE of_the_future; DROP TABLE missing'");
    database.close();
    const whole = read(folder);
    await expect(migrateStore(folder)).rejects.toMatchObject({ message: expect.stringContaining('missing') });
    expect(read(folder)).toEqual(whole);
  });
});

describe('prunella migrate', () => {
  it('leaves a running healer its store', async () => {
    const { folder, store } = workshop({ configuration: 'server: { port: 0 }\n' });
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
    const lock = await acquireStoreLock(store);
    const { exitCode, stderr } = await runCommand(['migrate', '--to', '1'], { workingDirectory: folder });
    await lock.release();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`is held by process ${process.pid} since`);
    expect(read(store).version).toBe(schemaVersion);
  });

  it('refuses a schema that there is not, and a store that there is not', async () => {
    const { folder } = workshop({ configuration: 'server: { port: 0 }\n' });
    for (const to of ['0', `${schemaVersion + 1}`, 'two']) {
      const { exitCode, stderr } = await runCommand(['migrate', '--to', to], { workingDirectory: folder });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`it knows 1 to ${schemaVersion}`)]);
    }
    const { exitCode, stderr } = await runCommand(['migrate'], { workingDirectory: folder });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no store')]);
    expect(await readdir(folder)).not.toContain('prunella-data');
  });
});
