import type { AttemptOrder } from '@prunella/core';
import { findBinary, notRun, type RethinkdbMember, startRethinkdbCluster, waitFor } from '@prunella/labs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRethinkdbBackend } from '../../src/backends/rethinkdb/create-rethinkdb-backend.ts';
import { rethinkdbProbe } from '../../src/probes/rethinkdb.ts';
import { viewCluster } from '../../src/rethinkdb/cluster.ts';
import { withRethinkdb } from '../../src/rethinkdb/session.ts';
import type { Term } from '../../src/rethinkdb/terms.ts';
import { temporaryFolder } from '../probes/outcomes.ts';

const isReal = findBinary('rethinkdb') !== null;
const folder = temporaryFolder();
let members: readonly RethinkdbMember[] = [];

beforeAll(async () => {
  if (isReal) members = await startRethinkdbCluster(folder.path, ['db1', 'db2', 'db3']);
});

afterAll(async () => {
  await Promise.all(members.map((member) => member.stop()));
  folder.remove();
});

beforeEach((context) => {
  if (!isReal) notRun(context, 'needs a real rethinkdb on the PATH');
});

const login = { host: '127.0.0.1', user: 'admin', password: '' };
const limit = () => AbortSignal.timeout(20_000);
const db: Term = [14, ['app']];
const table: Term = [15, [db, 'monitors']];
const [insert, dbCreate, tableCreate] = [56, 57, 60];
// JSON of a document: `r.json('{"id": 1}')`.
const row: Term = [98, ['{"id": 1}']];

function member(server: string): RethinkdbMember {
  const found = members.find((one) => one.server === server);
  if (found === undefined) throw new Error(`no member ${server}`);
  return found;
}

function ask(server: string, term: Term): Promise<unknown> {
  return withRethinkdb({ ...login, port: member(server).port }, limit(), (session) => session.ask(term));
}

function probe(failoverMs: number) {
  const [port = 0, ...others] = members.map((one) => one.port);
  const more = others.map((other) => ({ host: login.host, port: other }));
  return rethinkdbProbe({ ...login, port, members: more, tables: ['app.monitors'], failoverMs }).run(limit());
}

function backend() {
  const places = members.map(({ server, port }) => [server, { host: login.host, port }] as const);
  return createRethinkdbBackend(
    { members: Object.fromEntries(places), user: 'admin', tls: false },
    { environment: {} },
  );
}

const order = (targets: readonly string[]): AttemptOrder => ({
  attempt: 'attempt-1',
  resource: 'rethinkdb/main',
  incident: 'incident-1',
  step: 'declare-dead',
  action: 'rethinkdb.emergency-repair',
  effect: 'disrupts',
  arguments: { patience: '3s' },
  target: { select: 'failing-nodes' },
  targets,
  resolved: true,
  fence: { authority: 'here', generation: 1, number: 1 },
  notAfter: Date.now() + 30_000,
  deadlineAt: Date.now() + 60_000,
});

const context = { signal: new AbortController().signal, onReference: () => {}, now: () => Date.now() };

test('a real cluster of three: two lost members are declared dead on the third, which then takes writes', async () => {
  await ask('db1', [dbCreate, ['app']]);
  const replicas = { shards: 1, replicas: 3 };
  await ask('db1', [tableCreate, [db, 'monitors'], replicas]);
  await waitFor(async () => (await probe(0)).passed, { what: 'the table takes writes' });

  // One lost: the cluster’s own failover is enough, and a repair is refused.
  member('db1').kill('SIGKILL');
  await member('db1').exited();
  await waitFor(async () => (await probe(0)).passed, { what: 'the table takes writes' });
  expect((await backend().dispatch(order(['db1']), context)).outcome).toBe('failed');

  // Two lost: a majority is gone for good.
  member('db2').kill('SIGKILL');
  await member('db2').exited();
  await waitFor(
    async () => {
      const outcome = await probe(0);
      return !outcome.passed && outcome.kind === 'not-primary';
    },
    { what: 'the primary is lost' },
  );
  const result = await backend().dispatch(order(['db1', 'db2']), context);
  expect(result).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'db1' }, { id: 'db2' }] });
  expect(await ask('db3', [insert, [table, row]])).toMatchObject({ inserted: 1 });

  // Started again, they join; the table keeps taking writes.
  await member('db1').restart();
  await member('db2').restart();
  expect(await probe(0)).toMatchObject({ passed: true });
});

test('a table whose only replica is on the lost member is refused: its server must come back', async () => {
  await ask('db3', [tableCreate, [db, 'alone'], { shards: 1, replicas: 1 }]);
  const view = await withRethinkdb({ ...login, port: member('db3').port }, limit(), viewCluster);
  const holder = view.tables.find(({ id }) => id === 'app.alone')?.shards[0]?.primaries[0] ?? 'nobody';
  member(holder).kill('SIGKILL');
  await member(holder).exited();
  const result = await backend().dispatch(order([holder]), context);
  expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
  expect(result.summary).toMatch(/has no replica left/);
  await member(holder).restart();
});
