import { type Cache, memoryCache } from '@prunella/guard';
import { type Cooldown, memoryCooldown, redisCooldown } from './cooldown.ts';

export interface OpenCache {
  readonly kind: 'redis' | 'memory';
  readonly cache: Cache;
  readonly cooldown: Cooldown;
  close(): Promise<void>;
}

/** Redis is shared by all actioners and outlives them; memory is for one actioner that has its monitors alone. */
export async function openCache(url: string | undefined): Promise<OpenCache> {
  if (url === undefined) {
    return { kind: 'memory', cache: memoryCache(), cooldown: memoryCooldown(), close: async () => {} };
  }
  const [{ Redis }, { redisCache }, { layeredCache }] = await Promise.all([
    import('ioredis'),
    import('@prunella/guard/cache-redis'),
    import('@prunella/guard/cache-layered'),
  ]);
  const redis = new Redis(url, {
    // A cache that does not answer must say so at once, and a claim must not be sent a second time.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 500,
    autoResendUnfulfilledCommands: false,
  });
  // Every command's own error is seen where it was given; without a listener ioredis prints them all.
  redis.on('error', () => {});
  return {
    kind: 'redis',
    // What this actioner saw last, where Redis is lost together with the database. A patient one: the copies of
    // other actioners are worth a wait.
    cache: layeredCache({ shared: redisCache(redis, { prefix: 'actioner:' }), deadlineMs: 450 }),
    cooldown: redisCooldown(redis),
    close: async () => redis.disconnect(),
  };
}
