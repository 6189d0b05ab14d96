import { setTimeout as delay } from 'node:timers/promises';
import { attach, configureReporting } from '@prunella/guard';
import { ioredisClient } from '@prunella/guard/ioredis';
import { Redis } from 'ioredis';

configureReporting({ heartbeatOkMs: 5_000 });
const client = new Redis(Number(process.env['REDIS_PORT']), '127.0.0.1');
client.on('error', () => {}); // what is wrong the guard tells
const redis = attach(ioredisClient(client), { resource: 'redis/shop', deadlineMs: 500 });

for (;;) {
  const visit = await redis.tryRun((handle) => handle.incr('visits'));
  process.stdout.write(visit.ok ? `visit ${visit.value}\n` : `no Redis: ${visit.fault.kind}\n`);
  await delay(500);
}
