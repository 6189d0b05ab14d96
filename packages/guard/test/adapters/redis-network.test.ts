import {
  ensureRedis,
  type FaultProxy,
  type LabRedis,
  startFaultProxy,
  startRedis,
  waitFor,
} from '@prunella/labs';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ioredisClient } from '../../src/adapters/ioredis/index.ts';
import { redisClient } from '../../src/adapters/redis/index.ts';
import type { Adapter } from '../../src/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabRedis;
let proxy: FaultProxy;
/** Beside the proxy, to look at what came of it. */
let direct: Redis;
const closing: (() => void)[] = [];

beforeAll(async () => {
  await ensureRedis();
  server = await startRedis({ folder });
  proxy = await startFaultProxy({ targetPort: server.port });
  direct = new Redis({ host: '127.0.0.1', port: server.port });
}, 120_000);
afterAll(async () => {
  direct?.disconnect();
  await proxy?.stop();
  await server?.stop();
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await proxy.normal();
});

/** What both handles have in common. */
interface Commands {
  get(key: string): Promise<string | null>;
  incr(key: string): Promise<number>;
}

async function overIoredis(): Promise<Adapter<Commands>> {
  const client = new Redis({ host: '127.0.0.1', port: proxy.port, retryStrategy: () => 20 });
  closing.push(() => client.disconnect());
  const adapter = ioredisClient(client);
  adapter.watch?.(() => {});
  await waitFor(() => client.status === 'ready', { what: 'ioredis to connect' });
  return adapter;
}

async function overNodeRedis(): Promise<Adapter<Commands>> {
  const client = createClient({ socket: { host: '127.0.0.1', port: proxy.port, reconnectStrategy: 20 } });
  closing.push(() => client.destroy());
  const adapter = redisClient(client);
  adapter.watch?.(() => {});
  await client.connect();
  return adapter;
}

describe.each([
  ['ioredis', overIoredis],
  ['node-redis', overNodeRedis],
])('a network that fails, by way of %s', (driver, open) => {
  const key = `count-${driver}`;
  const incr = (redis: Commands) => redis.incr(key);
  const serves = (adapter: Adapter<Commands>) =>
    waitFor(async () => (await ping(adapter)) === 'passed', { what: 'the connection to be back' });

  it('resets: nobody is served by the lost connection, and the next one is', async () => {
    const adapter = await open();
    proxy.fault({ kind: 'reset' });
    await waitFor(
      async () => {
        const outcome = await call(adapter, incr, 500);
        return outcome.ended === 'failed' && outcome.kind === 'unreachable';
      },
      { what: 'a call to be refused' },
    );
    await proxy.normal();
    await serves(adapter);
    expect(await call(adapter, incr)).toMatchObject({ ended: 'answered' });
  });

  it('loses the answer of a write, which is not made again', async () => {
    const adapter = await open();
    await call(adapter, incr);
    const count = async () => Number(await direct.get(key));
    const before = await count();
    proxy.fault({ kind: 'black-hole' }, 'to-client');
    const isMade = waitFor(async () => (await count()) === before + 1, { what: 'the write to be made' });
    expect(await call(adapter, incr, isMade)).toEqual({ ended: 'deadline', local: false });
    proxy.fault({ kind: 'reset' });
    await proxy.normal();
    await serves(adapter);
    expect(await call(adapter, (redis) => redis.get(key))).toMatchObject({ value: String(before + 1) });
  });

  it('half-closes: the connection counts as lost', async () => {
    const adapter = await open();
    proxy.fault({ kind: 'half-close' }, 'to-client');
    await waitFor(
      async () => {
        const outcome = await call(adapter, incr, 500);
        return outcome.ended === 'failed' && outcome.kind === 'unreachable';
      },
      { what: 'a call to be refused' },
    );
    await proxy.normal();
    await serves(adapter);
  });

  it('is slow: answers come late, and a byte at a time, but they come', async () => {
    const adapter = await open();
    proxy.fault({ kind: 'latency', latencyMs: 50, jitterMs: 20 });
    expect(await call(adapter, incr)).toMatchObject({ ended: 'answered' });
    proxy.fault({ kind: 'slow-drip', bytes: 1, everyMs: 5 });
    expect(await call(adapter, incr)).toMatchObject({ ended: 'answered' });
  });
});
