import { ensureRedis, freePort, type LabRedis, startRedis, waitFor } from '@prunella/labs';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ioredisClient } from '../../src/adapters/ioredis/index.ts';
import { begins, call, ping, temporaryFolder, unhandledDuring, waitsElsewhere } from './call.ts';

const folder = temporaryFolder();
let server: LabRedis;
const clients: Redis[] = [];

beforeAll(async () => {
  await ensureRedis();
  server = await startRedis({ folder });
}, 120_000);
afterAll(() => server?.stop());
afterEach(async () => {
  server.kill('SIGCONT');
  for (const client of clients.splice(0)) client.disconnect();
  if (!server.running) await server.restart();
});

type Options = Omit<RedisOptions, 'replyMapping'>;

function newClient(options: Options = {}): Redis {
  const client = new Redis({ host: '127.0.0.1', port: server.port, ...options });
  clients.push(client);
  return client;
}

function guarded(options: Options = {}) {
  const client = newClient(options);
  const adapter = ioredisClient(client);
  const faults: unknown[] = [];
  const stop = adapter.watch?.((error) => faults.push(error));
  return { client, adapter, faults, stop };
}

async function kill(client: Redis): Promise<void> {
  server.kill('SIGKILL');
  await server.exited();
  await waitFor(() => client.status !== 'ready', { what: 'the client to notice' });
}

describe('a guarded client of ioredis', () => {
  it('answers commands, pipelines, transactions and scripts, also before the first connection stands', async () => {
    const { adapter } = guarded();
    expect(await call(adapter, (redis) => redis.set('a', '1'))).toMatchObject({
      ended: 'answered',
      value: 'OK',
    });
    expect(await call(adapter, (redis) => redis.pipeline().incr('a').get('a').exec())).toMatchObject({
      value: [
        [null, 2],
        [null, '2'],
      ],
    });
    expect(await call(adapter, (redis) => redis.multi().incr('a').exec())).toMatchObject({
      value: [[null, 3]],
    });
    expect(await call(adapter, (redis) => redis.eval('return ARGV[1]', 0, 'x'))).toMatchObject({
      value: 'x',
    });
    expect(await ping(adapter)).toBe('passed');
  });

  it('gives the client itself to calls where commands of all calls are pipelined together', async () => {
    const { adapter, client } = guarded({ enableAutoPipelining: true });
    expect(await call(adapter, async (redis) => redis === client)).toMatchObject({ value: true });
  });

  it('fails at once while the connection is lost, and works when the server is back', async () => {
    const { adapter, client, faults } = guarded();
    await call(adapter, (redis) => redis.set('n', '0'));
    await kill(client);
    expect(await call(adapter, (redis) => redis.incr('n'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
      error: { code: 'PRUNELLA_NOT_CONNECTED' },
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    expect(faults.map((fault) => adapter.classify(fault).kind)).toContain('unreachable');
    await server.restart();
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'ioredis to reconnect' });
    expect(await call(adapter, (redis) => redis.incr('n'))).toMatchObject({ ended: 'answered', value: 1 });
  });

  it('never sends a command whose call missed its deadline in the offline queue', async () => {
    // Not watched, so that the first connection is still hoped for and commands are queued.
    const client = newClient({ port: await freePort(), retryStrategy: () => 50 });
    client.on('error', () => {});
    const adapter = ioredisClient(client);
    let inner: Promise<unknown> | undefined;
    const miss = await call(
      adapter,
      (redis) => {
        inner =
          redis.status === 'connecting' ? redis.set('late', '1') : Promise.reject(new Error('too late'));
        return inner;
      },
      20,
    );
    expect(miss).toEqual({ ended: 'deadline', local: false });
    await expect(inner).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    expect(Reflect.get(Reflect.get(client, 'offlineQueue'), 'length')).toBe(0);
  });

  it('does not let a write run twice that missed its deadline before the connection was lost', async () => {
    const { adapter, client } = guarded({ retryStrategy: () => 20 });
    await call(adapter, (redis) => redis.del('count'));
    server.kill('SIGSTOP');
    expect(await call(adapter, (redis) => redis.incr('count'), 100)).toEqual({
      ended: 'deadline',
      local: false,
    });
    await kill(client);
    await server.restart();
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'ioredis to reconnect' });
    expect(await call(adapter, (redis) => redis.get('count'))).toMatchObject({
      ended: 'answered',
      value: null,
    });
  });

  it('takes a stopped server for a timeout; a connection that stays dead is replaced', async () => {
    const { adapter, client } = guarded({ retryStrategy: () => 20 });
    await call(adapter, (redis) => redis.set('x', '1'));
    const first = Reflect.get(client, 'stream');
    server.kill('SIGSTOP');
    expect(await call(adapter, (redis) => redis.get('x'), 100)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 100)).toBe('late');
    const back = adapter.reconnect?.(AbortSignal.timeout(5_000));
    server.kill('SIGCONT');
    await back;
    expect(await ping(adapter)).toBe('passed');
    expect(Reflect.get(client, 'stream')).not.toBe(first);
    await adapter.reconnect?.(AbortSignal.timeout(100));
  });

  it('ends no process by what was begun and not yet awaited when the deadline came', async () => {
    const { adapter, client } = guarded({ retryStrategy: () => 20 });
    await call(adapter, (redis) => redis.del('count'));
    server.kill('SIGSTOP');
    const unhandled = await unhandledDuring(async () => {
      expect(
        await call(
          adapter,
          begins((redis: Redis) => redis.incr('count')),
          50,
        ),
      ).toEqual({
        ended: 'deadline',
        local: false,
      });
      await kill(client);
    });
    expect(unhandled).toEqual([]);
  });

  it('calls a deadline local where the function waits for something else', async () => {
    const { adapter } = guarded();
    const { work, waits } = waitsElsewhere((redis: Redis) => redis.get('x'));
    expect(await call(adapter, work, waits)).toEqual({ ended: 'deadline', local: true });
  });

  it('refuses a handle whose call has ended', async () => {
    const { adapter } = guarded();
    let kept: Redis | undefined;
    await call(adapter, async (redis) => {
      kept = redis;
    });
    await expect(kept?.get('x')).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
  });

  it('leaves no listener behind', async () => {
    const client = newClient();
    const before = client.eventNames().map((name) => client.listenerCount(name));
    const adapter = ioredisClient(client);
    const stop = adapter.watch?.(() => {});
    await ping(adapter);
    await call(adapter, (redis) => redis.get('x'));
    stop?.();
    expect(client.eventNames().map((name) => client.listenerCount(name))).toEqual(before);
  });
});
