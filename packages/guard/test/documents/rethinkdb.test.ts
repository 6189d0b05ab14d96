import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabService, startRethinkdb, waitFor } from '@prunella/labs';
import { r } from 'rethinkdb-ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { guardedByWrites } from './rethinkdb-cluster.ts';
import { regionsOf, snippetsOf } from './snippets.ts';

let folder: string;
let server: LabService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-documents-'));
  server = await startRethinkdb({ folder });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('docs/rethinkdb.md shows an application that is well again once a write of it was taken', async () => {
  expect(snippetsOf('rethinkdb.md')).toEqual(regionsOf('./rethinkdb-cluster.ts'));
  const { connection, database } = await guardedByWrites('127.0.0.1', server.port);
  const refused: string[] = [];
  database.on('fault', ({ fault }) => {
    if (fault.kind === 'caller') refused.push(fault.message);
  });
  const lost = () => {
    const text = 'Cannot perform write: primary replica for shard ["", +inf) not available';
    throw Object.assign(new Error(text), { name: 'ReqlOpFailedError', msg: text });
  };
  expect(await database.tryRun(lost)).toMatchObject({ ok: false, fault: { kind: 'not-primary' } });
  expect(database.condition).toBe('down');
  // The server answers all the while; the table is not there.
  await waitFor(() => refused.length > 0, { what: 'a ping to be refused' });
  expect(database.condition).toBe('down');
  await r.dbCreate('app').run(connection);
  await r.db('app').tableCreate('alive').run(connection);
  await waitFor(() => database.condition === 'ok', { what: 'a ping to be taken' });
  expect(await r.db('app').table('alive').count().run(connection)).toBe(1);
  await database.detach();
  await connection.close();
});
