import { chmodSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { hasPostgresql, startPostgres, startRedis, startReqlite } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { afterwards } from '../healer/workshop.ts';
import { checkOnce, temporaryFolder } from './one-check.ts';

describe('a monitor of a server asks it what a probe asks', () => {
  test('tcp', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await checkOnce(`type: tcp, port: ${port}`)).toMatchObject({ state: 'ok' });
    await new Promise((resolve) => server.close(resolve));
    expect(await checkOnce(`type: tcp, port: ${port}`)).toMatchObject({ state: 'critical' });
  });

  test('redis, a real one', async () => {
    const redis = await startRedis({ folder: temporaryFolder() });
    afterwards(() => redis.stop());
    expect(await checkOnce(`type: redis, port: ${redis.port}`)).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('PONG'),
    });
    const secret = 'password: { environment: KEY }';
    expect(await checkOnce(`type: redis, port: ${redis.port}, ${secret}`, { KEY: 'wrong' })).toMatchObject({
      state: 'critical',
      detail: expect.stringContaining('AUTH'),
    });
  });

  test('rethinkdb, by the stand-in', async () => {
    const rethinkdb = await startReqlite({ folder: temporaryFolder() });
    afterwards(() => rethinkdb.stop());
    const written = `type: rethinkdb, port: ${rethinkdb.port}`;
    expect(await checkOnce(written)).toMatchObject({ state: 'ok' });
    await rethinkdb.stop();
    expect(await checkOnce(written)).toMatchObject({ state: 'critical' });
  });
});

describe('a monitor of PostgreSQL', () => {
  test('asks a real one for what a query gives, and only reads', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const postgres = await startPostgres({ folder, engine: hasPostgresql() ? 'postgresql' : 'pglite' });
    afterwards(() => postgres.stop());
    const where = `type: postgres, url: '${postgres.connectionString}'`;
    const ask = (written: string) => checkOnce(`${where}, ${written}`);
    expect(await checkOnce(where)).toMatchObject({ state: 'ok' });
    expect(await ask('query: select 3 as waiting, condition: "rows[0].waiting < 5"')).toMatchObject({
      state: 'ok',
      output: '[{"waiting":3}]',
    });
    expect(await ask('query: select 30 as waiting, condition: "rows[0].waiting < 5"')).toMatchObject({
      state: 'critical',
      detail: '`rows[0].waiting < 5` is not true of 1 row, the first {"waiting":30}',
      output: '[{"waiting":30}]',
    });
    expect(await ask('query: select 1 where false, condition: "size(rows) == 0"')).toMatchObject({
      state: 'ok',
    });
    expect(await ask('query: select 1 where false, condition: "rows[0].a == 1"')).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^`rows\[0\].a == 1` cannot be answered of 0 rows: /),
    });
    expect(await ask('query: create table written (a int)')).toMatchObject({
      state: 'critical',
      detail: expect.stringContaining('read-only transaction'),
    });
    expect(await ask('query: select * from nothing')).toMatchObject({
      state: 'critical',
      detail: expect.stringContaining('does not exist'),
    });
    // Of ten million rows no more is read than is looked at.
    for (const rows of [200, 10_000_000]) {
      expect(await ask(`query: "select generate_series(1, ${rows})"`)).toMatchObject({
        state: 'unknown',
        detail: 'the query gave more than 100 rows, and 100 are looked at',
      });
    }
    expect(await ask(`query: "select repeat('x', 200000) as long"`)).toMatchObject({
      state: 'unknown',
      detail: 'the query gave more than 100000 characters, and 100000 are looked at',
    });
    expect(await ask('query: "select generate_series(1, 100)"')).toMatchObject({ state: 'ok' });
    expect(await ask('query: select pg_sleep(30), timeout: 200ms')).toMatchObject({ state: 'critical' });
  });
});
