import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { classifier } from '../../src/adapters/classification/classify.ts';
import { pgRows } from '../../src/adapters/pg/rows.ts';
import { restartAfterKill, temporaryFolder } from './call.ts';

const classify = classifier(pgRows);
const clients: pg.Client[] = [];
const folder = temporaryFolder();
let server: LabPostgres;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
});
afterAll(() => server?.stop());
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
});

async function connect(options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', ...options });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

async function errorOf(
  promise: Promise<unknown>,
): Promise<{ code?: string; meaning: ReturnType<typeof classify> }> {
  const error: unknown = await promise.then(
    () => expect.unreachable('it was expected to fail'),
    (reason: unknown) => reason,
  );
  return Object.assign(Object(error), { meaning: classify(error) });
}

async function whileItSleeps(
  person: pg.Client,
  pid: number,
  act: 'pg_cancel_backend' | 'pg_terminate_backend',
): Promise<void> {
  const text = `select ${act}(pid) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
  await waitFor(async () => (await person.query(text, [pid])).rowCount === 1, { what: 'the query to sleep' });
}

describe('what a real PostgreSQL answers, classified', () => {
  it.each([
    ['an unknown table', 'select * from nowhere', '42P01'],
    ['a syntax error', 'selec 1', '42601'],
    ['a missing right', 'set role limited; select * from pg_authid', '42501'],
    ['a bad value', "select 'x'::int", '22P02'],
    ['a division by zero', 'select 1/0', '22012'],
    ['a constraint', 'insert into numbers values (1), (1)', '23505'],
    ['an exception of its own function', "do $$ begin raise exception 'no'; end $$", 'P0001'],
    ['a transaction that has failed', 'begin; select 1/0', '22012'],
    ['a feature that is missing', 'select sum(1) over () for update', '0A000'],
  ])('%s is the caller', async (_what, text, code) => {
    const client = await connect();
    await client.query('create temporary table numbers (id int primary key)');
    await client.query(
      "do $$ begin if not exists (select from pg_roles where rolname = 'limited') then create role limited; end if; end $$",
    );
    const error = await errorOf(client.query(text));
    expect([error.code, error.meaning]).toEqual([
      code,
      { kind: 'caller', outcomeUnknown: false, evict: false },
    ]);
  });

  it('a serialization failure and a deadlock are the caller', async () => {
    const [one, two] = [await connect(), await connect()];
    await one.query(
      'create table pairs (id int primary key, n int); insert into pairs values (1, 0), (2, 0)',
    );
    await one.query('begin isolation level serializable; select sum(n) from pairs');
    await two.query('begin isolation level serializable; select sum(n) from pairs');
    await one.query('update pairs set n = 1 where id = 1');
    await two.query('update pairs set n = 1 where id = 2');
    await one.query('commit');
    const conflict = await errorOf(two.query('commit'));
    expect([conflict.code, conflict.meaning.kind]).toEqual(['40001', 'caller']);

    await one.query('begin; update pairs set n = 2 where id = 1');
    await two.query('begin; update pairs set n = 2 where id = 2');
    const first = one.query('update pairs set n = 3 where id = 2');
    const second = two.query('update pairs set n = 3 where id = 1');
    const victim = await errorOf(Promise.all([first, second]));
    expect([victim.code, victim.meaning.kind]).toEqual(['40P01', 'caller']);
  });

  it('a cancelled query is the caller, its own statement_timeout a timeout', async () => {
    const client = await connect();
    await client.query("set statement_timeout = '50ms'");
    const late = await errorOf(client.query('select pg_sleep(5)'));
    expect([late.code, late.meaning.kind]).toEqual(['57014', 'timeout']);
    await client.query('set statement_timeout = 0');
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const sleeping = errorOf(client.query('select pg_sleep(5)'));
    const person = await connect();
    await whileItSleeps(person, rows[0].pid, 'pg_cancel_backend');
    const cancelled = await sleeping;
    expect([cancelled.code, cancelled.meaning.kind]).toEqual(['57014', 'caller']);
  });

  it('a write where only reads are allowed is a server that is not the primary', async () => {
    const client = await connect();
    await client.query('set default_transaction_read_only = on');
    const error = await errorOf(client.query('create table refused (id int)'));
    expect([error.code, error.meaning.kind]).toEqual(['25006', 'not-primary']);
  });

  it('lost and stale prepared statements cost their client, and blame nobody', async () => {
    const client = await connect();
    await client.query('create table changing (a int)');
    const prepared = { name: 'stale', text: 'select * from changing' };
    await client.query(prepared);
    await client.query('alter table changing add column b int');
    const stale = await errorOf(client.query(prepared));
    expect([stale.code, stale.meaning]).toEqual([
      '0A000',
      { kind: 'local', outcomeUnknown: false, evict: true },
    ]);
    await client.query({ name: 'lost', text: 'select 1' });
    await client.query('deallocate all');
    const lost = await errorOf(client.query({ name: 'lost', text: 'select 1' }));
    expect([lost.code, lost.meaning]).toEqual([
      '26000',
      { kind: 'local', outcomeUnknown: false, evict: true },
    ]);
  });

  it('a lock that somebody else holds is the caller', async () => {
    const [holder, client] = [await connect(), await connect()];
    await holder.query('create table taken (id int)');
    await holder.query('begin; lock table taken');
    const error = await errorOf(client.query('begin; lock table taken nowait'));
    expect([error.code, error.meaning.kind]).toEqual(['55P03', 'caller']);
  });

  it('a terminated session is unreachable, with the outcome unknown', async () => {
    const client = await connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const running = errorOf(client.query('select pg_sleep(5)'));
    const person = await connect();
    await whileItSleeps(person, rows[0].pid, 'pg_terminate_backend');
    const error = await running;
    expect([error.code, error.meaning]).toEqual([
      '57P01',
      { kind: 'unreachable', outcomeUnknown: true, evict: true },
    ]);
  });

  it('too many connections are a resource that is exhausted', async () => {
    const person = await connect();
    await person.query('create role crowded login connection limit 1');
    await connect({ user: 'crowded', database: 'postgres' });
    const error = await errorOf(connect({ user: 'crowded', database: 'postgres' }));
    expect([error.code, error.meaning.kind]).toEqual(['53300', 'resource-exhausted']);
  });

  it('a wrong password, no password and a host that is not allowed are auth', async () => {
    const person = await connect();
    await person.query("create role secret login password 'right'; create role banned login");
    const rules = join(folder, 'data', 'pg_hba.conf');
    const before = await readFile(rules, 'utf8');
    await writeFile(rules, `host all secret all scram-sha-256\nhost all banned all reject\n${before}`);
    await person.query('select pg_reload_conf()');
    await waitFor(async () => (await errorOf(connect({ user: 'banned' }))).code === '28000', {
      what: 'the new rules to be in force',
    });
    const wrong = await errorOf(connect({ user: 'secret', password: 'wrong', database: 'postgres' }));
    const none = await errorOf(connect({ user: 'secret', database: 'postgres' }));
    const banned = await errorOf(connect({ user: 'banned', database: 'postgres' }));
    expect([wrong.code, wrong.meaning.kind]).toEqual(['28P01', 'auth']);
    expect(none.meaning.kind).toBe('auth');
    expect([banned.code, banned.meaning.kind]).toEqual(['28000', 'auth']);
  });

  it('an unknown database is the caller', async () => {
    const error = await errorOf(connect({ database: 'nowhere' }));
    expect([error.code, error.meaning.kind]).toEqual(['3D000', 'caller']);
  });

  it('a damaged block is corrupt', async () => {
    const client = await connect();
    await client.query('create table damaged as select generate_series(1, 2000) as n');
    const { rows } = await client.query("select pg_relation_filepath('damaged') as path");
    await client.query('checkpoint');
    await client.end();
    await server.stop();
    const file = await open(join(folder, 'data', rows[0].path), 'r+');
    await file.write(Buffer.alloc(64, 0xff), 0, 64, 8192);
    await file.close();
    await restartAfterKill(server);
    const error = await errorOf((await connect()).query('select sum(n) from damaged'));
    expect([error.code, error.meaning.kind]).toEqual(['XX001', 'corrupt']);
  });

  it('nobody listening and a host name that nobody has are unreachable, and nothing was sent', async () => {
    const refused = await errorOf(connect({ port: await freePort() }));
    expect([refused.code, refused.meaning]).toEqual([
      'ECONNREFUSED',
      { kind: 'unreachable', outcomeUnknown: false, evict: false },
    ]);
    const unknown = await errorOf(connect({ host: 'no-such-host.invalid' }));
    // Where this host has no resolver that answers, the name is not known to be gone.
    const expected = unknown.code === 'ENOTFOUND' ? 'unreachable' : 'local';
    expect(unknown.meaning).toEqual({ kind: expected, outcomeUnknown: false, evict: false });
  });

  it('a server that shuts down while it finishes its clients is starting, not down', async () => {
    const client = await connect();
    server.kill('SIGTERM');
    const error = await waitFor(
      async () => {
        const found = await errorOf(connect());
        return found.code === '57P03' ? found : null;
      },
      { what: 'the server to refuse new clients', deadlineMs: 5_000 },
    );
    expect(error.meaning).toMatchObject({ kind: 'starting', outcomeUnknown: false });
    await client.end();
    await restartAfterKill(server);
  });

  it('a server that was killed and comes back is unreachable or starting, and nothing else', async () => {
    const client = await connect();
    await client.query('create table crashed as select generate_series(1, 200000) as n');
    server.kill('SIGKILL');
    await server.exited();
    const seen = new Set<string>();
    const served = restartAfterKill(server);
    const trying = waitFor(
      async () => {
        const outcome = await connect().then(
          () => 'served',
          (error: unknown) => classify(error).kind,
        );
        seen.add(outcome);
        return outcome === 'served';
      },
      { what: 'the server to serve again', everyMs: 1 },
    );
    await Promise.all([served, trying]);
    expect([...seen].filter((kind) => !['served', 'unreachable', 'starting'].includes(kind))).toEqual([]);
  });
});
