import { Redis } from 'ioredis';
import pg from 'pg';

export async function forgetDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query('drop table if exists monitors, reactions, history');
  } finally {
    await client.end();
  }
}

export async function forgetCache(url: string | undefined): Promise<void> {
  if (url === undefined) return;
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
}
