import { ensureRedis, freePort, type LabRedis, startRedis, waitFor } from '@prunella/labs';
import { createClient, createCluster, defineScript } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redisClient } from '../../src/adapters/redis/index.ts';
import { attach } from '../../src/index.ts';
import { call, ping, temporaryFolder, waitsElsewhere } from './call.ts';

const folder = temporaryFolder();
let server: LabRedis;
const closing: (() => void)[] = [];

beforeAll(async () => {
  await ensureRedis();
  server = await startRedis({ folder });
}, 120_000);
afterAll(() => server?.stop());
afterEach(async () => {
  server.kill('SIGCONT');
  for (const close of closing.splice(0)) close();
  if (!server.running) await server.restart();
});

const scripts = {
  twice: defineScript({
    NUMBER_OF_KEYS: 0,
    SCRIPT: 'return ARGV[1] .. ARGV[1]',
    parseCommand: (parser, text: string) => parser.push(text),
    transformReply: (reply: unknown) => String(reply),
  }),
};

interface Options {
  readonly port?: number;
  readonly reconnectStrategy?: number | false | ((retries: number) => number | false);
  readonly disableOfflineQueue?: boolean;
}

function newClient({ port = server.port, reconnectStrategy = 20, ...options }: Options = {}) {
  const client = createClient({
    socket: { host: '127.0.0.1', port, reconnectStrategy },
    scripts,
    ...options,
  });
  client.on('error', () => {});
  closing.push(() => client.destroy());
  return client;
}

type Client = ReturnType<typeof newClient>;

async function guarded(options: Options = {}) {
  const client = newClient(options);
  const adapter = redisClient(client);
  const faults: unknown[] = [];
  const stop = adapter.watch?.((error) => faults.push(error));
  await client.connect();
  return { client, adapter, faults, stop };
}

/** What this process is warned of, until the test's end. */
function warnings(): string[] {
  const texts: string[] = [];
  const listen = ({ message }: Error): void => void texts.push(message);
  process.on('warning', listen);
  closing.push(() => process.off('warning', listen));
  return texts;
}

async function kill(client: Client): Promise<void> {
  server.kill('SIGKILL');
  await server.exited();
  await waitFor(() => !client.isReady, { what: 'the client to notice' });
}

describe('a guarded client of node-redis', () => {
  it('answers commands, transactions, pipelines, scripts and iterators', async () => {
    const { adapter } = await guarded();
    const answer = async (fn: (redis: Client) => Promise<unknown>) => {
      const outcome = await call(adapter, fn);
      return outcome.ended === 'answered' ? outcome.value : outcome;
    };
    expect(await answer((redis) => redis.set('a', '1'))).toBe('OK');
    expect(await answer((redis) => redis.multi().incr('a').get('a').exec())).toEqual([2, '2']);
    expect(await answer((redis) => redis.multi().incr('a').get('a').execAsPipeline())).toEqual([3, '3']);
    expect(await answer((redis) => redis.sendCommand(['GET', 'a']))).toBe('3');
    expect(await answer((redis) => redis.twice('ab'))).toBe('abab');
    expect(await answer((redis) => redis.withTypeMapping({ 36: Buffer }).get('a'))).toEqual(Buffer.from('3'));
    const keys = async (redis: Client) => {
      const found: string[] = [];
      for await (const page of redis.scanIterator({ MATCH: 'a' })) found.push(...page);
      return found;
    };
    expect(await answer(keys)).toEqual(['a']);
    expect(await ping(adapter)).toBe('passed');
  });

  it('reaches the commands of modules by way of the call', async () => {
    const { adapter } = await guarded();
    let kept: Client | undefined;
    const unknown = await call(adapter, (redis) => {
      kept = redis;
      return redis.json.get('x');
    });
    expect(unknown).toMatchObject({ ended: 'failed', kind: 'caller' });
    await expect(kept?.json.get('x')).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
  });

  it.each<[string, (redis: Client) => Promise<unknown>]>([
    ['a wrong type', (redis: Client) => redis.set('text', 'x').then(() => redis.lPush('text', 'y'))],
    ['a wrong type in a transaction', (redis: Client) => redis.multi().set('t', 'x').lPush('t', 'y').exec()],
    ['a wrong number of arguments', (redis: Client) => redis.sendCommand(['GET'])],
    ['an unknown command', (redis: Client) => redis.sendCommand(['NONSENSE'])],
    ['an unknown script', (redis: Client) => redis.evalSha('0'.repeat(40))],
    [
      'a command that its own signal aborted',
      (redis: Client) => redis.withAbortSignal(AbortSignal.abort()).get('x'),
    ],
  ])('takes %s for the caller', async (_what, command) => {
    const { adapter } = await guarded();
    expect(await call(adapter, command)).toMatchObject({ ended: 'failed', kind: 'caller' });
  });

  it('fails at once while the connection is lost, and works when the server is back', async () => {
    const { adapter, client, faults } = await guarded();
    await call(adapter, (redis) => redis.set('n', '0'));
    await kill(client);
    const commands: ((redis: Client) => Promise<unknown>)[] = [
      (redis) => redis.incr('n'),
      (redis) => redis.multi().incr('n').exec(),
      (redis) => redis.withTypeMapping({}).incr('n'),
    ];
    for (const command of commands) {
      expect(await call(adapter, command)).toMatchObject({
        ended: 'failed',
        kind: 'unreachable',
        outcomeUnknown: false,
        error: { code: 'PRUNELLA_NOT_CONNECTED' },
      });
    }
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await expect(adapter.reconnect?.(AbortSignal.timeout(1_000))).rejects.toMatchObject({
      code: 'PRUNELLA_NOT_CONNECTED',
    });
    expect(faults.map((fault) => adapter.classify(fault).kind)).toContain('unreachable');
    await server.restart();
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'node-redis to reconnect' });
    expect(await call(adapter, (redis) => redis.incr('n'))).toMatchObject({ ended: 'answered', value: 1 });
  });

  it('sees the server die in the middle of a command, whose outcome is unknown, and does not send it again', async () => {
    const { adapter, client } = await guarded();
    await call(adapter, (redis) => redis.del('count'));
    server.kill('SIGSTOP');
    const hanging = call(adapter, (redis) => redis.incr('count'));
    await kill(client);
    expect(await hanging).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: true,
    });
    await server.restart();
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'node-redis to reconnect' });
    expect(await call(adapter, (redis) => redis.get('count'))).toMatchObject({ value: null });
  });

  it.each<[string, (redis: Client) => Promise<unknown>]>([
    ['a command', (redis: Client) => redis.incr('late')],
    ['a command with options', (redis: Client) => redis.withTypeMapping({}).incr('late')],
    ['a transaction', (redis: Client) => redis.multi().incr('late').exec()],
    ['a pipeline', (redis: Client) => redis.multi().incr('late').execAsPipeline()],
  ])('never sends %s whose call missed its deadline in the queue', async (_what, command) => {
    const { adapter, client } = await guarded();
    await client.del(['late', 'early']);
    // More than sockets hold, so that what follows waits in the queue of node-redis.
    server.kill('SIGSTOP');
    const much = 'x'.repeat(16_000_000);
    const before = client.set('much', much);
    let inner: Promise<unknown> | undefined;
    const miss = await call(
      adapter,
      (redis) => {
        inner = command(redis);
        return inner;
      },
      100,
    );
    const after = client.incr('early');
    expect(miss).toEqual({ ended: 'deadline', local: false });
    await expect(inner).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    server.kill('SIGCONT');
    expect([await before, await after]).toEqual(['OK', 1]);
    expect(await client.get('late')).toBeNull();
  });

  it('lets the commands of an application that starts wait for the first connection', async () => {
    const client = newClient();
    const adapter = redisClient(client);
    adapter.watch?.(() => {});
    const connected = client.connect();
    expect(await call(adapter, (redis) => redis.set('a', '1'))).toMatchObject({ value: 'OK' });
    await connected;
  });

  it('says that the application has not connected its client, or has closed it', async () => {
    const client = newClient();
    const adapter = redisClient(client);
    adapter.watch?.(() => {});
    expect(await call(adapter, (redis) => redis.get('a'))).toMatchObject({ ended: 'failed', kind: 'local' });
    await client.connect();
    client.destroy();
    expect(await call(adapter, (redis) => redis.get('a'))).toMatchObject({ ended: 'failed', kind: 'local' });
    await adapter.reconnect?.(AbortSignal.timeout(1_000));
    expect(client.isOpen).toBe(false);
  });

  it('connects a client again whose reconnectStrategy gave up', async () => {
    const { adapter, client } = await guarded({ reconnectStrategy: false });
    await kill(client);
    expect(await call(adapter, (redis) => redis.get('a'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      error: { code: 'PRUNELLA_NOT_CONNECTED', message: expect.stringContaining('gave up') },
    });
    await expect(adapter.reconnect?.(AbortSignal.timeout(1_000))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await server.restart();
    await adapter.reconnect?.(AbortSignal.timeout(5_000));
    expect(await ping(adapter)).toBe('passed');
  });

  it('takes a client without an offline queue', async () => {
    const client = newClient({ port: await freePort(), disableOfflineQueue: true, reconnectStrategy: 1_000 });
    const adapter = redisClient(client);
    client.connect().catch(() => {});
    expect(await call(adapter, (redis) => redis.get('a'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
      error: { message: 'The client is offline' },
    });
  });

  it('takes a stopped server for a timeout, and goes on when the server does', async () => {
    const { adapter } = await guarded();
    server.kill('SIGSTOP');
    expect(await call(adapter, (redis) => redis.get('x'), 100)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 100)).toBe('late');
    server.kill('SIGCONT');
    expect(await ping(adapter)).toBe('passed');
    expect(await call(adapter, (redis) => redis.ping())).toMatchObject({ value: 'PONG' });
  });

  it('calls a deadline local where the function waits for something else', async () => {
    const { adapter } = await guarded();
    const { work, waits } = waitsElsewhere((redis: Client) => redis.get('x'));
    expect(await call(adapter, work, waits)).toEqual({ ended: 'deadline', local: true });
  });

  it('refuses a handle whose call has ended, and all that was made of it', async () => {
    const { adapter } = await guarded();
    const kept: (() => Promise<unknown>)[] = [];
    await call(adapter, async (redis) => {
      const multi = redis.multi().get('x');
      const typed = redis.withTypeMapping({});
      kept.push(
        () => redis.get('x'),
        () => multi.exec(),
        () => typed.get('x'),
      );
    });
    for (const use of kept) await expect(use()).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
  });

  it('serves a guard that goes down with its server, and comes back with it by itself', async () => {
    const client = newClient();
    await client.connect();
    const guard = attach(redisClient(client), {
      resource: 'redis/cache',
      deadlineMs: 15_000,
      reconnect: { baseMs: 20, capMs: 50 },
      breaker: { consecutive: 1, openForMs: 20 },
    });
    expect(await guard.run((redis) => redis.set('a', '1'))).toBe('OK');
    await kill(client);
    expect(await guard.tryRun((redis) => redis.get('a'))).toMatchObject({
      fault: { kind: 'unreachable', outcomeUnknown: false },
    });
    expect(guard.condition).toBe('down');
    await server.restart();
    await waitFor(() => guard.condition === 'ok', { what: 'the guard to find the server again' });
    expect(await guard.run((redis) => redis.get('a'))).toBe('1');
    await guard.detach();
    expect(client.isReady).toBe(true);
  });

  it('leaves the client as it was, and no listener behind', async () => {
    const client = newClient();
    await client.connect();
    const before = client.eventNames().map((name) => [name, client.listenerCount(name)]);
    const ownNames = Reflect.ownKeys(client);
    const adapter = redisClient(client);
    const faults: unknown[] = [];
    const stop = adapter.watch?.((error) => faults.push(error));
    await ping(adapter);
    await call(adapter, (redis) => redis.get('x'));
    stop?.();
    expect(client.eventNames().map((name) => [name, client.listenerCount(name)])).toEqual(before);
    expect(Reflect.ownKeys(client)).toEqual(ownNames);
    await kill(client);
    expect(faults).toEqual([]);
  });

  it('leaves a client usable on which nobody else listens', async () => {
    const client = createClient({ socket: { host: '127.0.0.1', port: server.port, reconnectStrategy: 20 } });
    closing.push(() => client.destroy());
    const stop = redisClient(client).watch?.(() => {});
    await client.connect();
    stop?.();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    server.kill('SIGKILL');
    await server.exited();
    await waitFor(() => errors.length > 0, { what: 'the listener that came later to hear' });
  });

  it('refuses what is no such client when the guard is made', () => {
    const cluster = createCluster({ rootNodes: [{ url: server.url }] });
    const pool = newClient().createPool();
    for (const other of [cluster, pool, {}, null]) {
      expect(() => redisClient(other as unknown as Client)).toThrow(/^option client: /);
    }
  });
});

describe('a blocking command on a client that others share', () => {
  it('is told of once another call has to wait behind it', async () => {
    const client = newClient();
    await client.connect();
    const guard = attach(redisClient(client), { resource: 'redis/main', deadlineMs: 20_000 });
    const told = warnings();
    const held = () => told.filter((text) => text.includes('holds up the commands of other calls'));

    await guard.run(async (redis) => [await redis.blPop('jobs', 0.05), await redis.get('a')]);
    await guard.run((redis) => redis.sendCommand(['XREAD', 'BLOCK', '50', 'STREAMS', 'feed', '$']));
    await guard.run((redis) => redis.get('a'));
    await new Promise(setImmediate);
    expect(held()).toEqual([]);

    const waiting = guard.run((redis) => redis.xRead({ key: 'feed', id: '$' }, { BLOCK: 100 }));
    await guard.run((redis) => redis.get('a'));
    await waiting;
    await waitFor(() => held().length > 0, { what: 'the warning' });
    await guard.detach();
  });
});
