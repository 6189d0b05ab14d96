import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis, type LabPostgres, type LabRedis, startPostgres, startRedis } from '@prunella/labs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../src/postgres-store.ts';
import { forgetCache, forgetDatabase } from './forget.ts';
import { type OneActioner, startOneActioner } from './one-actioner.ts';

let folder: string;
let database: LabPostgres;
let redis: LabRedis | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-actioner-'));
  database = await startPostgres({ folder: join(folder, 'postgres') });
  if (findRedis() !== null) redis = await startRedis({ folder: join(folder, 'redis') });
}, 60_000);

afterAll(async () => {
  await Promise.all([database.stop(), redis?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const caches = findRedis() === null ? (['memory'] as const) : (['memory', 'redis'] as const);

describe.each(caches)('an actioner with its cache in %s', { timeout: 60_000 }, (cache) => {
  let actioner: OneActioner;
  const started: OneActioner[] = [];

  async function start(prepare = true): Promise<OneActioner> {
    const redisUrl = cache === 'redis' ? redis?.url : undefined;
    const store = openPostgresStore(database.connectionString, 'main');
    const one = await startOneActioner(store, { prepare, ...(redisUrl === undefined ? {} : { redisUrl }) });
    started.push(one);
    return one;
  }

  beforeEach(async () => {
    await forgetDatabase(database.connectionString);
    await forgetCache(redis?.url);
    actioner = await start();
  });

  afterEach(async () => {
    if (!database.running) await database.restart();
    await Promise.all(started.splice(0).map((one) => one.end()));
  });

  it('goes on counting from its cache while the database is killed, and the count reaches the database', async () => {
    await actioner.handle();
    expect(await actioner.handle()).toMatchObject({ failcount: 2, cacheOnly: false, pending: false });
    database.kill('SIGKILL');
    await database.exited();
    for (const failcount of [3, 4, 5, 6]) {
      expect(await actioner.handle()).toMatchObject({ failcount, cacheOnly: true, pending: true });
    }
    await database.restart();
    await expect.poll(async () => (await actioner.stored())?.failcount, { timeout: 10_000 }).toBe(6);
    await expect.poll(() => actioner.writes.waiting).toBe(0);
    expect(await actioner.handle()).toMatchObject({ failcount: 7, cacheOnly: false, pending: false });
    expect(actioner.ofType('lost')).toEqual([]);
  });

  it('counts a result that comes twice once', async () => {
    const result = { id: 'twice', cid: 'web-1', status: 'failed', at: Date.now() } as const;
    await actioner.handleResult(result);
    await actioner.handleResult(result);
    expect(await actioner.stored()).toMatchObject({ failcount: 1 });
  });

  it('says how old the copy is that it goes on with', async () => {
    await actioner.handle();
    database.kill('SIGKILL');
    await database.exited();
    await actioner.handle();
    const first = await actioner.handle();
    const second = await actioner.handle();
    expect(first.ageMs).toBeGreaterThan(0);
    expect(second.ageMs).toBeGreaterThanOrEqual(first.ageMs);
  });

  it('runs a reaction whose count is reached during the outage, once', async () => {
    await actioner.handle();
    await actioner.handle();
    database.kill('SIGKILL');
    await database.exited();
    while ((await actioner.handle()).failcount !== 9);
    expect(actioner.ofType('reaction')).toMatchObject([
      { reaction: 'tell', cid: 'web-1', failcount: 5, cacheOnly: true, outcome: 'web-1 is failed' },
    ]);
    await database.restart();
    await expect.poll(async () => (await actioner.stored())?.failcount, { timeout: 10_000 }).toBe(9);
    await actioner.handle();
    expect(actioner.ofType('reaction')).toHaveLength(1);
    const next = await start(false);
    await next.handle();
    expect(next.ofType('reaction')).toEqual([]);
  });

  it('begins again at 0 with a recovery during the outage, and keeps that after it', async () => {
    for (let times = 0; times < 4; times += 1) await actioner.handle();
    database.kill('SIGKILL');
    await database.exited();
    expect(await actioner.handle('healthy')).toMatchObject({ failcount: 0, cacheOnly: true });
    expect(await actioner.handle('failed')).toMatchObject({ failcount: 0, cacheOnly: true });
    await database.restart();
    await expect.poll(async () => (await actioner.stored())?.failcount, { timeout: 10_000 }).toBe(0);
    expect(await actioner.handle('failed')).toMatchObject({ failcount: 1, cacheOnly: false });
    expect(actioner.ofType('reaction')).toEqual([]);
  });

  it('counts a result of a monitor that it never saw before, and knows its count once the database is back', async () => {
    const stranger = await start(false);
    await forgetCache(redis?.url);
    database.kill('SIGKILL');
    await database.exited();
    expect(await stranger.handle()).toMatchObject({ failcount: null, cacheOnly: true, pending: true });
    await database.restart();
    await expect.poll(async () => (await stranger.stored())?.failcount, { timeout: 10_000 }).toBe(1);
  });
});

describe.each(caches.filter((cache) => cache === 'redis'))(
  'an actioner whose %s is killed',
  { timeout: 60_000 },
  () => {
    it('goes on with the database, and each reaction runs once', async () => {
      await forgetDatabase(database.connectionString);
      await forgetCache(redis?.url);
      const store = openPostgresStore(database.connectionString, 'main');
      const actioner = await startOneActioner(store, redis === null ? {} : { redisUrl: redis.url });
      try {
        await actioner.handle();
        redis?.kill('SIGKILL');
        await redis?.exited();
        while ((await actioner.handle()).failcount !== 8);
        expect(actioner.ofType('reaction')).toMatchObject([{ failcount: 5, cacheOnly: false }]);
        expect(await actioner.stored()).toMatchObject({ failcount: 8 });
      } finally {
        await redis?.restart();
        await actioner.end();
      }
    });

    it('goes on counting from its own memory where the database is killed, too', async () => {
      await forgetDatabase(database.connectionString);
      await forgetCache(redis?.url);
      const store = openPostgresStore(database.connectionString, 'main');
      const actioner = await startOneActioner(store, redis === null ? {} : { redisUrl: redis.url });
      try {
        for (const failcount of [1, 2]) expect(await actioner.handle()).toMatchObject({ failcount });
        redis?.kill('SIGKILL');
        database.kill('SIGKILL');
        await Promise.all([redis?.exited(), database.exited()]);
        for (const failcount of [3, 4, 5]) {
          expect(await actioner.handle()).toMatchObject({ failcount, cacheOnly: true, pending: true });
        }
        expect(actioner.ofType('reaction')).toMatchObject([{ failcount: 5 }]);
        // Redis alone comes back, with an older count or none: what this actioner counted is not forgotten.
        await redis?.restart();
        expect(await actioner.handle()).toMatchObject({ failcount: 6, cacheOnly: true });
        await database.restart();
        await expect.poll(async () => (await actioner.stored())?.failcount, { timeout: 10_000 }).toBe(6);
      } finally {
        if (redis !== null && !redis.running) await redis.restart();
        if (!database.running) await database.restart();
        await actioner.end();
      }
    });
  },
);
