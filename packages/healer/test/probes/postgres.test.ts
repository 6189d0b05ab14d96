import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPostgresql, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeOnce, probeTimed, temporaryFolder } from './outcomes.ts';

const engines = hasPostgresql() ? (['pglite', 'postgresql'] as const) : (['pglite'] as const);

describe.each(engines)('a real PostgreSQL (%s)', (engine) => {
  const folder = temporaryFolder();
  let postgres: LabPostgres;

  beforeAll(async () => {
    chmodSync(folder.path, 0o755);
    postgres = await startPostgres({ folder: folder.path, engine });
  }, 60_000);

  afterAll(async () => {
    await postgres.stop();
    folder.remove();
  });

  const probe = () => probeOnce({ type: 'postgres', url: postgres.connectionString });

  test('passes where a query is answered', async () => {
    expect(await probe()).toEqual({
      passed: true,
      detail: expect.stringMatching(/^answered in \d+ ms$/),
    });
  });

  test('stopped, it fails at the limit', async () => {
    postgres.kill('SIGSTOP');
    try {
      const configuration = { type: 'postgres', url: postgres.connectionString } as const;
      const { outcome, tookMs } = await probeTimed(configuration, 300);
      expect(outcome).toMatchObject({
        passed: false,
        kind: 'timeout',
        detail: expect.stringMatching(/^connected, but no answer within \d+ ms$/),
      });
      expect(tookMs).toBeLessThan(1_500);
    } finally {
      postgres.kill('SIGCONT');
    }
    expect(await probe()).toMatchObject({ passed: true });
  });

  test('killed, it is unreachable; started again, it passes', async () => {
    postgres.kill('SIGKILL');
    await postgres.exited();
    expect(await probe()).toMatchObject({ passed: false, kind: 'unreachable' });
    await postgres.restart();
    expect(await probe()).toMatchObject({ passed: true });
  });
});

describe.each(engines.filter((engine) => engine === 'postgresql'))('a whole %s', (engine) => {
  const folder = temporaryFolder();
  let postgres: LabPostgres;

  beforeAll(async () => {
    chmodSync(folder.path, 0o755);
    postgres = await startPostgres({ folder: folder.path, engine });
  }, 60_000);

  afterAll(async () => {
    await postgres.stop();
    folder.remove();
  });

  test('keeps no connection of a probe', async () => {
    for (let count = 0; count < 5; count += 1) {
      await probeOnce({ type: 'postgres', url: postgres.connectionString });
    }
    const client = new Client({ connectionString: postgres.connectionString });
    await client.connect();
    try {
      await waitFor(
        async () => {
          const left = await client.query(
            "select 1 from pg_stat_activity where application_name = 'prunella-probe'",
          );
          return left.rows.length === 0;
        },
        { what: 'the probes to hang up' },
      );
    } finally {
      await client.end();
    }
  });

  test('a database that is not there fails with the server’s own words', async () => {
    const url = postgres.connectionString.replace(/\/postgres$/, '/nothing');
    expect(await probeOnce({ type: 'postgres', url })).toMatchObject({
      passed: false,
      detail: expect.stringContaining('database "nothing" does not exist'),
    });
  });

  test('in recovery it passes, and says so; where a primary is expected, it fails as not-primary', async () => {
    await postgres.stop();
    writeFileSync(join(folder.path, 'data', 'standby.signal'), '');
    await postgres.restart();
    const place = { type: 'postgres', url: postgres.connectionString } as const;
    expect(await probeOnce(place)).toMatchObject({
      passed: true,
      detail: expect.stringMatching(/^answered, in recovery \(read-only\), in \d+ ms$/),
    });
    expect(await probeOnce({ ...place, expect: 'primary' })).toMatchObject({
      passed: false,
      kind: 'not-primary',
    });
    expect(await probeOnce({ ...place, expect: 'replica' })).toMatchObject({ passed: true });
  });

  test('that does not let anyone in yet is starting', async () => {
    await postgres.stop();
    appendFileSync(join(folder.path, 'data', 'postgresql.conf'), '\nhot_standby = off\n');
    // The lab waits for an answer to a query, which this server never gives.
    const starting = postgres.restart().catch(() => {});
    try {
      const outcome = await waitFor(
        async () => {
          const seen = await probeOnce({ type: 'postgres', url: postgres.connectionString });
          return seen.passed || seen.kind === 'unreachable' ? null : seen;
        },
        { what: 'PostgreSQL to say that it is starting' },
      );
      expect(outcome).toMatchObject({ kind: 'starting', detail: expect.stringContaining('57P03') });
    } finally {
      await postgres.stop();
      await starting;
    }
  });
});
