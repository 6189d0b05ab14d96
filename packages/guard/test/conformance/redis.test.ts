import { ioredisClient } from '@prunella/guard/ioredis';
import { redisClient } from '@prunella/guard/redis';
import { ensureRedis, type LabRedis, startRedis, waitFor } from '@prunella/labs';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { describeConformance, processServer } from './servers.ts';

const folder = temporaryFolder();
let redis: LabRedis;
beforeAll(async () => {
  await ensureRedis();
  redis = await startRedis({ folder });
}, 120_000);
afterAll(() => redis?.stop());
const server = processServer(() => redis);

describeConformance('ioredis', {
  async lend() {
    const client = new Redis({ host: '127.0.0.1', port: redis.port, retryStrategy: () => 20 });
    client.on('error', () => {});
    await waitFor(() => client.status === 'ready', { what: 'ioredis to connect' });
    return client;
  },
  adapt: (client: Redis) => ioredisClient(client),
  takeBack: async (client) => client.disconnect(),
  call: (client) => client.get('x'),
  mistake: (client) => client.call('GET'),
  useLent: (client) => client.ping(),
  server,
});

function newNodeRedis() {
  const client = createClient({ socket: { host: '127.0.0.1', port: redis.port, reconnectStrategy: 20 } });
  client.on('error', () => {});
  return client;
}

describeConformance('node-redis', {
  lend: () => newNodeRedis().connect(),
  adapt: (client: ReturnType<typeof newNodeRedis>) => redisClient(client),
  takeBack: async (client) => client.destroy(),
  call: (client) => client.get('x'),
  mistake: (client) => client.sendCommand(['GET']),
  useLent: (client) => client.ping(),
  server,
});
