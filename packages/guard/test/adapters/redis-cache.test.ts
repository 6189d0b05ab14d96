import { ensureRedis, type LabRedis, startRedis, waitFor } from '@prunella/labs';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RedisCacheOptions, redisCache, type UnreadableEntry } from '../../src/caches/redis/index.ts';
import { OptionError } from '../../src/index.ts';
import { temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabRedis;
let redis: Redis;

beforeAll(async () => {
  await ensureRedis();
  server = await startRedis({ folder });
  redis = new Redis({ host: '127.0.0.1', port: server.port, retryStrategy: () => 50 });
  redis.on('error', () => {});
}, 120_000);
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});
afterEach(async () => {
  server.kill('SIGCONT');
  if (!server.running) await server.restart();
  await waitFor(() => redis.status === 'ready', { what: 'the client to be connected' });
  await redis.flushall();
});

const cacheOf = (options: Partial<RedisCacheOptions> = {}) =>
  redisCache(redis, { prefix: 'app:', ...options });
const entry = { value: { failcount: 3, name: 'ß' }, storedAt: 1_700_000_000_000, pending: true };

describe('the cache in Redis', () => {
  it('gives back what was set, under its prefix, and nothing for another key', async () => {
    const cache = cacheOf();
    await cache.set('monitor/1', entry);
    expect(await cache.get('monitor/1')).toEqual(entry);
    expect(await cache.get('monitor/2')).toBeUndefined();
    expect(await cacheOf({ prefix: 'other:' }).get('monitor/1')).toBeUndefined();
    expect(await redis.keys('*')).toEqual(['app:monitor/1']);
    expect(await redis.pttl('app:monitor/1')).toBe(-1);
  });

  it('keeps null apart from nothing', async () => {
    await cacheOf().set('none', { ...entry, value: null });
    expect(await cacheOf().get('none')).toEqual({ ...entry, value: null });
  });

  it('lets entries expire where asked to', async () => {
    await cacheOf({ ttlMs: 60_000 }).set('short', entry);
    expect(await redis.pttl('app:short')).toBeGreaterThan(50_000);
  });

  it.each([
    ['not-json', 'garbage'],
    ['not-json', ''],
    ['not-an-entry', '5'],
    ['not-an-entry', '{"value":1}'],
    ['not-an-entry', '{"prunella":1,"storedAt":"now","pending":false,"value":1}'],
    ['not-an-entry', '{"prunella":1,"storedAt":5,"pending":false}'],
    ['unknown-version', '{"prunella":2,"storedAt":5,"pending":false,"value":1}'],
  ])('takes an unreadable entry (%s: %s) for a miss, and tells', async (problem, text) => {
    const told: UnreadableEntry[] = [];
    const cache = cacheOf({ onUnreadable: (unreadable) => told.push(unreadable) });
    await redis.set('app:odd', text);
    expect(await cache.get('odd')).toBeUndefined();
    expect(told).toEqual([{ key: 'odd', problem }]);
  });

  it('takes what was stored for another version of the values for a miss', async () => {
    const told: UnreadableEntry[] = [];
    const onUnreadable = (unreadable: UnreadableEntry) => told.push(unreadable);
    await cacheOf().set('before', entry);
    await cacheOf({ schema: 1 }).set('one', entry);
    const two = cacheOf({ schema: 2, onUnreadable });
    expect([await two.get('before'), await two.get('one')]).toEqual([undefined, undefined]);
    expect(told.map(({ problem }) => problem)).toEqual(['other-schema', 'other-schema']);
    expect(await cacheOf({ onUnreadable }).get('one')).toBeUndefined();
    await two.set('one', entry);
    expect(await two.get('one')).toEqual(entry);
  });

  it('goes on where its listener throws', async () => {
    const throwing = () => {
      throw new Error('a listener');
    };
    await redis.set('app:odd', 'garbage');
    expect(await cacheOf({ onUnreadable: throwing }).get('odd')).toBeUndefined();
  });

  it('rejects a key of another type, an entry that is too large and a value that is no JSON', async () => {
    await redis.lpush('app:list', 'x');
    await expect(cacheOf().get('list')).rejects.toThrow('WRONGTYPE');
    await expect(cacheOf({ maximumLength: 50 }).set('big', entry)).rejects.toMatchObject({
      code: 'PRUNELLA_CACHE_TOO_LARGE',
    });
    await expect(cacheOf().set('odd', { ...entry, value: 5n })).rejects.toThrow(TypeError);
    expect(await redis.keys('*')).toEqual(['app:list']);
  });

  it('answers within its deadline while Redis is stopped', async () => {
    const cache = cacheOf({ deadlineMs: 50 });
    server.kill('SIGSTOP');
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'PRUNELLA_CACHE_DEADLINE' });
  });

  it('rejects at once while Redis is gone, leaves nothing in the queue, and works again', async () => {
    const cache = cacheOf({ deadlineMs: 5_000 });
    await cache.set('x', entry);
    server.kill('SIGKILL');
    await waitFor(() => redis.status !== 'ready', { what: 'the client to notice' });
    for (let tries = 0; tries < 20; tries += 1) {
      await expect(cache.get('x')).rejects.toThrow();
      await expect(cache.set('x', entry)).rejects.toThrow();
    }
    expect(Reflect.get(Reflect.get(redis, 'offlineQueue'), 'length')).toBe(0);
    await server.restart();
    await waitFor(() => redis.status === 'ready', { what: 'the client to be connected' });
    await cache.set('x', entry);
    expect(await cache.get('x')).toEqual(entry);
  });

  it.each([
    { prefix: '' },
    { ttlMs: 0 },
    { ttlMs: 1.5 },
    { deadlineMs: 0 },
    { maximumLength: -1 },
    { ttl: 5 },
  ])('refuses the options %o', (options) => {
    expect(() => cacheOf(options)).toThrow(OptionError);
  });
});

describe('the cache over node-redis', () => {
  it('shares entries with that over ioredis, and lets them expire where asked to', async () => {
    const client = createClient({ url: server.url });
    client.on('error', () => {});
    await client.connect();
    const cache = redisCache(client, { prefix: 'app:', ttlMs: 60_000 });
    await cache.set('monitor/1', entry);
    expect(await cacheOf().get('monitor/1')).toEqual(entry);
    expect(await cache.get('monitor/1')).toEqual(entry);
    expect(await redis.pttl('app:monitor/1')).toBeGreaterThan(50_000);
    await redisCache(client, { prefix: 'app:' }).set('monitor/1', entry);
    expect(await redis.pttl('app:monitor/1')).toBe(-1);
    client.destroy();
  });

  it('waits neither for a connection that is lost nor beyond its deadline', async () => {
    const client = createClient({ socket: { host: '127.0.0.1', port: server.port, reconnectStrategy: 20 } });
    client.on('error', () => {});
    await client.connect();
    const cache = redisCache(client, { prefix: 'app:', deadlineMs: 50 });
    server.kill('SIGSTOP');
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'PRUNELLA_CACHE_DEADLINE' });
    server.kill('SIGKILL');
    await server.exited();
    await waitFor(() => !client.isReady, { what: 'the client to notice' });
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'PRUNELLA_NOT_CONNECTED' });
    client.destroy();
  });
});
