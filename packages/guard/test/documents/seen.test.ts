import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultKind } from '@prunella/guard';
import { endPool, hasPostgresql, type LabPostgres, startPostgres } from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { ask, guarded } from '../runtime/guarded.ts';
import { pages, strict } from './health.ts';
import { listening, traced } from './observability.ts';
import { regionsOf, snippetsOf } from './snippets.ts';
import { rehearse, withDriversErrors } from './testing-with-chaos.ts';

const folder = temporaryFolder();
let postgres: LabPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startPostgres({ folder, engine: hasPostgresql() ? 'postgresql' : 'pglite' });
  pool = new pg.Pool({ connectionString: postgres.connectionString });
  await pool.query(`create table monitors (id text primary key, failcount integer not null);
    insert into monitors values ('web-1', 3)`);
});

afterAll(async () => {
  await endPool(pool);
  await postgres?.stop();
});

it.each(['testing-with-chaos', 'health', 'observability', 'reporting'])(
  'docs/%s.md shows only what is run here',
  (name) => {
    const snippets = snippetsOf(`${name}.md`);
    expect(snippets.length).toBeGreaterThan(0);
    const regions = regionsOf(`./${name}.ts`);
    for (const snippet of snippets) expect(regions).toContain(snippet);
  },
);

it('an outage is rehearsed on a real pool, and the driver’s own errors are classified', async () => {
  await rehearse(pool);
  const faults = withDriversErrors(pool);
  const error = await faults.ping(new AbortController().signal).catch((thrown: unknown) => thrown);
  expect(faults.classify(error)).toMatchObject({ kind: 'starting' });
});

it('the health pages answer', async () => {
  const { inExpress, inFastify, inHono, inNode } = pages();
  expect((await inHono().request('/health')).status).toBe(200);
  expect((await inFastify().inject('/health')).statusCode).toBe(200);
  const servers = [createServer(inExpress()), inNode(), createServer(strict())];
  const statuses = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    statuses.push((await fetch(`http://127.0.0.1:${port}/health`)).status);
    server.close();
  }
  expect(statuses).toEqual([200, 200, 503]);
});

it('the listeners hear, and the traced guard works', async () => {
  const { guard, adapter } = guarded();
  const warned: object[] = [];
  const counted: [string, FaultKind][] = [];
  const { ofOne, ofAll } = listening(guard, { warn: (fields) => warned.push(fields) }, (resource, kind) =>
    counted.push([resource, kind]),
  );
  const stops = [ofOne(), ofAll()];
  adapter.serves = 'unreachable';
  await guard.tryRun(ask);
  for (const stop of stops) stop();
  expect(warned).toEqual([{ condition: 'down', previous: 'unknown', kind: 'unreachable' }]);
  expect(counted).toEqual([['stand-in/main', 'unreachable']]);
  const { database } = traced(pool);
  expect((await database.run((db) => db.query('select 7 as seven'))).rows).toEqual([{ seven: 7 }]);
  await database.detach();
});

it('reporting is configured as shown', async () => {
  await import('./reporting.ts');
});
