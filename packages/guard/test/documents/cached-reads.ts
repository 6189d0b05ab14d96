// What docs/cached-reads.md shows, as a program.
// #region attach
import { attach } from '@prunella/guard';
import { layeredCache } from '@prunella/guard/cache-layered';
import { redisCache } from '@prunella/guard/cache-redis';
import { pgPool } from '@prunella/guard/pg';
import { readMany } from '@prunella/guard/reads';
import { Redis } from 'ioredis';
import pg from 'pg';

// #endregion

interface Monitor {
  readonly id: string;
  readonly failcount: number;
}

export function cachedReads(connectionString: string, redisUrl: string) {
  // #region cache
  const pool = new pg.Pool({ connectionString });
  pool.on('error', () => {}); // The guard listens, too, but only until it is detached.
  const redis = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});

  const database = attach(pgPool(pool), {
    resource: 'postgres/main',
    deadlineMs: 2_000,
    cache: layeredCache({ shared: redisCache(redis, { prefix: 'shop:', schema: 1 }) }),
  });
  // #endregion

  // #region read
  async function getMonitor(id: string) {
    const answer = await database.read<Monitor | null>({
      key: `monitor:${id}`,
      load: async (db) => {
        const { rows } = await db.query<Monitor>('select id, failcount from monitors where id = $1', [id]);
        return rows[0] ?? null;
      },
      // The highest failcount wins.
      merge: (fresh, cached) => (fresh && cached && cached.failcount > fresh.failcount ? cached : fresh),
    });
    if (answer.cacheOnly) console.warn(`${id}: ${answer.ageMs} ms old, since ${answer.reason.message}`);
    return answer.value;
  }
  // #endregion

  // #region age
  async function getPrice(article: string) {
    const { value } = await database.read<number | null>({
      key: `price:${article}`,
      load: async (db) => {
        const text = 'select price from articles where name = $1';
        return (await db.query<{ price: number }>(text, [article])).rows[0]?.price ?? null;
      },
      maxStaleMs: 15 * 60_000,
      maxAbsentMs: 5_000,
    });
    return value;
  }
  // #endregion

  // #region many
  async function getMonitors(ids: readonly string[]) {
    const answers = await readMany(database, {
      keys: ids.map((id) => `monitor:${id}`),
      load: async (db, keys) => {
        const wanted = keys.map((key) => key.slice('monitor:'.length));
        const text = 'select id, failcount from monitors where id = any($1)';
        const { rows } = await db.query<Monitor>(text, [wanted]);
        return new Map(rows.map((row) => [`monitor:${row.id}`, row]));
      },
    });
    for (const [key, answer] of answers) {
      if (!answer.ok) console.warn(`${key}: ${answer.fault.message}`);
      else if (answer.value === null) console.warn(`${key}: there is none`);
    }
    return answers;
  }
  // #endregion

  return { pool, redis, database, getMonitor, getPrice, getMonitors };
}
