import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  endPool,
  findBinary,
  freePort,
  type LabPostgres,
  notRun,
  startPostgres,
  waitFor,
} from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const hasOpenssl = findBinary('openssl') !== null;
const pools: pg.Pool[] = [];
let server: LabPostgres;
let certificate: string;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  if (!hasOpenssl) return;
  certificate = makeCertificate(join(folder, 'data'));
  const person = poolOf({ ssl: false });
  await person.query('alter system set ssl = on');
  await person.query('create role encrypted login');
  const rules = join(folder, 'data', 'pg_hba.conf');
  writeFileSync(rules, `hostnossl all encrypted all reject\n${readFileSync(rules, 'utf8')}`);
  await person.query('select pg_reload_conf()');
  await waitFor(async () => (await person.query('show ssl')).rows[0].ssl === 'on', { what: 'TLS to be on' });
});
afterEach(() => Promise.all(pools.splice(0).map(endPool)));
afterAll(() => server?.stop());
beforeEach((context) => {
  if (!hasOpenssl) notRun(context, 'needs the program openssl, to make a certificate');
});

/** Signed by itself, for `localhost`. */
function makeCertificate(data: string): string {
  const [key, file] = [join(data, 'server.key'), join(data, 'server.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', file];
  execFileSync('openssl', [...args, ...subject], { stdio: 'ignore' });
  const { uid, gid } = statSync(data);
  for (const path of [key, file]) chownSync(path, uid, gid);
  return readFileSync(file, 'utf8');
}

function poolOf(options: pg.PoolConfig): pg.Pool {
  const where = { host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' };
  const pool = new pg.Pool({ ...where, max: 2, ...options });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

const trusting = () => ({ ca: certificate, servername: 'localhost' });

async function sleeperCount(person: pg.Pool): Promise<number> {
  const text = "select from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
  return (await person.query(text)).rowCount ?? 0;
}

describe('a guarded pool over TLS', () => {
  it('has a late query cancelled at the server over TLS as well, and evicts its client', async () => {
    const pool = poolOf({ ssl: trusting() });
    const person = poolOf({ ssl: false });
    const adapter = pgPool(pool);
    const used = await call(adapter, (db) =>
      db.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()'),
    );
    expect(used).toMatchObject({ value: { rows: [{ ssl: true }] } });
    const runs = waitFor(async () => (await sleeperCount(person)) === 1, { what: 'the query to run' });
    expect(await call(adapter, (db) => db.query('select pg_sleep(600)'), runs)).toEqual({
      ended: 'deadline',
      local: false,
    });
    await waitFor(async () => (await sleeperCount(person)) === 0, { what: 'the server to stop the query' });
    expect(await ping(adapter)).toBe('passed');
  });

  it('says auth of a certificate that nobody vouches for, or of another name', async () => {
    const unknown = pgPool(poolOf({ ssl: { servername: 'localhost' } }));
    const named = pgPool(poolOf({ ssl: { ca: certificate, servername: 'elsewhere' } }));
    expect(await ping(unknown)).toMatchObject({ kind: 'auth', outcomeUnknown: false });
    expect(await call(unknown, (db) => db.query('select 1'))).toMatchObject({
      kind: 'auth',
      error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(await call(named, (db) => db.query('select 1'))).toMatchObject({
      kind: 'auth',
      error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('says auth where the server takes this user over TLS only', async () => {
    const adapter = pgPool(poolOf({ ssl: false, user: 'encrypted' }));
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      kind: 'auth',
      error: { code: '28000' },
    });
  });

  it('says auth where the server speaks no TLS, and unreachable where it answers something else', async () => {
    const plain = await startPostgres({ folder: join(folder, 'plain'), engine: 'postgresql' });
    const refused = pgPool(poolOf({ port: plain.port, ssl: trusting() }));
    expect(await call(refused, (db) => db.query('select 1'))).toMatchObject({
      kind: 'auth',
      error: { message: 'The server does not support SSL connections' },
    });
    await plain.stop();

    const port = await freePort();
    const stranger = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('HTTP/1.1 400'),
    );
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const strange = pgPool(poolOf({ port, ssl: trusting() }));
    expect(await call(strange, (db) => db.query('select 1'))).toMatchObject({ kind: 'unreachable' });
    await new Promise((resolve) => stranger.close(resolve));
  });
});
