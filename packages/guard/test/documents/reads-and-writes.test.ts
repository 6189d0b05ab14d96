import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis, type LabPostgres, type LabRedis, startPostgres, startRedis } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../runtime/guarded.ts';
import { cachedReads } from './cached-reads.ts';
import { inJournal, inMemory } from './degraded-writes.ts';
import { regionsOf, snippetsOf } from './snippets.ts';

it.each(['cached-reads', 'degraded-writes'])('docs/%s.md shows only what is run here', (name) => {
  const snippets = snippetsOf(`${name}.md`);
  expect(snippets.length).toBeGreaterThan(3);
  const regions = regionsOf(`./${name}.ts`);
  for (const snippet of snippets) expect(regions).toContain(snippet);
});

let folder: string;
let database: LabPostgres;
let redis: LabRedis;

beforeAll(async () => {
  await ensureRedis();
  folder = await mkdtemp(join(tmpdir(), 'prunella-documents-'));
  database = await startPostgres({ folder: join(folder, 'postgres') });
  redis = await startRedis({ folder: join(folder, 'redis') });
}, 120_000);

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  if (!database.running) await database.restart();
  await query(`
    drop table if exists monitors, articles, orders;
    create table monitors (id text primary key, failcount integer not null);
    create table articles (name text primary key, price float8 not null);
    create table orders (id text primary key, article text not null check (article <> ''), amount integer not null);
    insert into monitors values ('web-1', 3), ('web-2', 5);
    insert into articles values ('plant', 7);`);
});

afterEach(() => vi.restoreAllMocks());

afterAll(async () => {
  await Promise.all([database?.stop(), redis?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function query<Row extends object>(text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function killDatabase(): Promise<void> {
  database.kill('SIGKILL');
  await database.exited();
}

const soldOrders = () => query<{ id: string }>('select id from orders order by id');
const withinMs = { timeout: 20_000 };

describe('the programs of the documents', { timeout: 60_000 }, () => {
  it('read from the cache while the database is away, and from memory while Redis is away, too', async () => {
    const shop = cachedReads(database.connectionString, redis.url);
    await expect.poll(() => shop.redis.status, withinMs).toBe('ready');
    expect(await shop.getMonitor('web-1')).toEqual({ id: 'web-1', failcount: 3 });
    expect(await shop.getPrice('plant')).toBe(7);
    expect([...(await shop.getMonitors(['web-1', 'web-2', 'web-3'])).values()]).toMatchObject([
      { ok: true, value: { failcount: 3 } },
      { ok: true, value: { failcount: 5 } },
      { ok: true, value: null },
    ]);
    await killDatabase();
    expect(await shop.getMonitor('web-2')).toEqual({ id: 'web-2', failcount: 5 });
    expect(await shop.getPrice('plant')).toBe(7);
    redis.kill('SIGKILL');
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect(await shop.getMonitor('web-1')).toEqual({ id: 'web-1', failcount: 3 });
    expect((await shop.getMonitors(['web-2', 'web-4'])).get('monitor:web-4')).toMatchObject({ ok: false });
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('shared cache failed'), 'PrunellaWarning');
    expect(await faultOf(shop.getPrice('pot'))).toBeDefined();
    shop.redis.disconnect();
    await shop.database.detach();
    await shop.pool.end();
  });

  it('keep writes in memory and make them when the database is back', async () => {
    const shop = inMemory(database.connectionString);
    expect(await shop.order('o-1', 'plant', 2)).toBe(false);
    await killDatabase();
    expect(await shop.order('o-2', 'plant', 1)).toBe(true);
    await database.restart();
    await expect.poll(() => shop.writes.waiting, withinMs).toBe(0);
    expect(await soldOrders()).toEqual([{ id: 'o-1' }, { id: 'o-2' }]);
    await shop.database.detach();
    await shop.pool.end();
  });

  it('keep writes in a journal over a restart, and try again what was set aside', async () => {
    const file = join(folder, 'orders.db');
    const first = await inJournal(database.connectionString, file);
    expect(await first.order('o-1', 'plant', 2)).toBe(false);
    await killDatabase();
    expect(await first.order('o-2', 'plant', 1)).toBe(true);
    expect(await first.order('o-3', '', 1)).toBe(true);
    await first.end();
    await database.restart();
    const second = await inJournal(database.connectionString, file);
    await expect.poll(() => second.journal.list({ state: 'poison' }).length, withinMs).toBe(1);
    await expect.poll(() => second.writes.waiting, withinMs).toBe(0);
    expect(await soldOrders()).toEqual([{ id: 'o-1' }, { id: 'o-2' }]);
    await query('alter table orders drop constraint orders_article_check');
    second.retryAllSetAside();
    await expect.poll(() => second.journal.entries, withinMs).toBe(0);
    expect(await soldOrders()).toEqual([{ id: 'o-1' }, { id: 'o-2' }, { id: 'o-3' }]);
    await second.end();
  });
});
