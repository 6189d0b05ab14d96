import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type LabPostgres, spawnKept, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedLines } from './changed-lines.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'prunella-shop-'));
chmodSync(folder, 0o755);
let server: LabPostgres;
let database: pg.Pool;
let shop: Shop;
let guardedShop: Shop;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Shop {
  get(path: string): Promise<Answer>;
  order(product: number, count: number): Promise<Answer>;
  stop(): Promise<void>;
}

async function startShop(name: 'shop' | 'guarded-shop'): Promise<Shop> {
  const port = await freePort();
  const child = spawnKept(process.execPath, ['--conditions=prunella-source', pathOf(name)], {
    env: { ...process.env, DATABASE_URL: server.connectionString, PORT: String(port) },
    stdio: 'ignore',
  });
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  await waitFor(() => ask('/products').then(() => true), { what: `${name} to serve` });
  return {
    get: ask,
    order: (product, count) =>
      ask('/orders', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ product, count }),
      }),
    async stop() {
      child.ref();
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  database = new pg.Pool({ connectionString: server.connectionString });
  database.on('error', () => {});
  await database.query(`
    create table products (id int primary key, name text not null, stock int not null);
    create table orders (id int generated always as identity, product int not null, count int not null);
    insert into products values (1, 'kettle', 10), (2, 'cup', 3)`);
  shop = await startShop('shop');
  guardedShop = await startShop('guarded-shop');
});
afterAll(async () => {
  await shop?.stop();
  await guardedShop?.stop();
  await database?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const kettle = { id: 1, name: 'kettle', stock: 10 };

describe('a small shop, guarded', () => {
  it('took 20 changed lines at most', () => {
    const read = (name: string) => readFileSync(pathOf(name), 'utf8');
    expect(changedLines(read('shop'), read('guarded-shop'))).toBeLessThanOrEqual(20);
  });

  it('answers as before while all is well', async () => {
    for (const either of [shop, guardedShop]) {
      expect(await either.get('/products/1')).toEqual({ status: 200, body: kettle });
      expect(await either.get('/products/9')).toEqual({ status: 404, body: null });
      expect(await either.order(2, 1)).toMatchObject({ status: 201 });
      expect(await either.order(2, 50)).toEqual({ status: 409, body: { order: null } });
      expect(await either.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    }
    expect((await database.query('select stock from products where id = 2')).rows).toEqual([{ stock: 1 }]);
  });

  it('answers from its cache while a lock stalls the database, where the other one hangs', async () => {
    const locker = await database.connect();
    await locker.query('begin; lock table products in access exclusive mode');
    let answered = false;
    const hanging = shop.get('/products/1').then((answer) => {
      answered = true;
      return answer;
    });
    expect(await guardedShop.get('/products/1')).toEqual({ status: 200, body: kettle });
    expect(await guardedShop.order(1, 1)).toMatchObject({ status: 503 });
    expect(answered).toBe(false);
    await locker.query('rollback');
    locker.release();
    expect(await hanging).toEqual({ status: 200, body: kettle });
  });

  it('answers from its cache while the database is gone, says degraded, and comes back by itself', async () => {
    await waitFor(async () => (await guardedShop.order(1, 2)).status === 201, {
      what: 'the guard to be well',
    });
    await guardedShop.get('/products/1');
    const sessions = await database.query(
      "select pid from pg_stat_activity where backend_type = 'client backend'",
    );
    server.kill('SIGKILL');
    // Sessions outlive their server by a moment, and serve.
    await waitFor(() => sessions.rows.every(({ pid }) => !isAlive(pid)), { what: 'the database to be gone' });
    expect(await shop.get('/products/1')).toMatchObject({ status: 500 });
    expect(await guardedShop.get('/products/1')).toEqual({ status: 200, body: { ...kettle, stock: 8 } });
    expect(await guardedShop.order(1, 1)).toMatchObject({ status: 503 });
    await waitFor(async () => statusIn(await guardedShop.get('/health')) === 'degraded', {
      what: 'the health page to say so',
    });
    expect(await guardedShop.get('/health')).toMatchObject({
      status: 200,
      body: { resources: [{ resource: 'postgres/shop', fault: 'unreachable' }] },
    });
    await waitFor(() => server.restart().then(() => true), { what: 'the database to start again' });
    await waitFor(async () => statusIn(await guardedShop.get('/health')) === 'ok', {
      what: 'the guard to recover',
    });
    expect(await guardedShop.order(1, 1)).toMatchObject({ status: 201 });
    expect(await guardedShop.get('/products/1')).toEqual({ status: 200, body: { ...kettle, stock: 7 } });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function statusIn({ body }: Answer): unknown {
  return Reflect.get(Object(body), 'status');
}
