import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureRedis,
  findRedis,
  freePort,
  type LabRedis,
  notRun,
  spawnKept,
  startRedis,
  waitFor,
} from '@prunella/labs';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import type { Row } from '../../src/adapters/classification/row.ts';
import { ioredisClient } from '../../src/adapters/ioredis/index.ts';
import { ioredisRows } from '../../src/adapters/ioredis/rows.ts';
import { redisClient } from '../../src/adapters/redis/index.ts';
import { redisRows } from '../../src/adapters/redis/rows.ts';
import type { Adapter } from '../../src/index.ts';
import { call, ping, temporaryFolder } from './call.ts';
import { selfSigned } from './certificate.ts';

const folder = temporaryFolder();
let server: LabRedis;
const closing: (() => void)[] = [];

beforeAll(async () => {
  await ensureRedis();
  server = await startRedis({ folder });
}, 120_000);
afterAll(() => server?.stop());
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  // What a test has configured goes with the process.
  await server.restart();
});

interface Where {
  readonly port?: number;
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: Buffer };
}

/** One guarded client of a driver, which sends plain commands. */
interface Guarded {
  readonly adapter: Adapter<unknown>;
  /** What the driver told by itself. */
  readonly faults: readonly unknown[];
  /** The kind of the call's fault and the row that says so, or its answer. */
  kindOf(...command: string[]): Promise<unknown>;
  /** The same of an error that the driver told. */
  meaning(error: unknown): string;
  /** Beside the guard. */
  send(...command: string[]): Promise<unknown>;
}

function guarded<Handle>(
  adapter: Adapter<Handle>,
  table: readonly Row[],
  sendOver: (handle: Handle, command: string[]) => Promise<unknown>,
  send: Guarded['send'],
): Guarded {
  const faults: unknown[] = [];
  adapter.watch?.((error) => faults.push(error));
  const meaning = (error: unknown): string =>
    `${adapter.classify(error).kind}: ${findRow(table, factsWithin(error))?.name}`;
  return {
    adapter: adapter as Adapter<unknown>,
    faults,
    async kindOf(...command) {
      const outcome = await call(adapter, (handle) => sendOver(handle, command));
      return outcome.ended === 'failed' ? meaning(outcome.error) : outcome;
    },
    meaning,
    send,
  };
}

function overIoredis({ port = server.port, host = '127.0.0.1', ...options }: Where = {}): Guarded {
  const client = new Redis({ port, host, retryStrategy: () => 20, ...options });
  closing.push(() => client.disconnect());
  const send = (redis: Redis, [name = '', ...rest]: string[]) => redis.call(name, ...rest);
  return guarded(ioredisClient(client), ioredisRows, send, (...command) => send(client, command));
}

function overNodeRedis({ port = server.port, host = '127.0.0.1', tls, ...login }: Where = {}): Guarded {
  const socket = { port, host, reconnectStrategy: 20 };
  const client = createClient({
    socket: tls === undefined ? socket : { ...socket, tls: true as const, ...tls },
    ...login,
  });
  closing.push(() => client.destroy());
  const over = guarded(
    redisClient(client),
    redisRows,
    (redis, command) => redis.sendCommand(command),
    (...command) => client.sendCommand(command),
  );
  client.connect().catch(() => {});
  return over;
}

/** Another server than the one above, with settings of its own. */
async function startAnother(
  name: string,
  settings: readonly string[],
): Promise<{ port: number; folder: string }> {
  const binary = findRedis() ?? expect.unreachable('redis-server was installed above');
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const port = await freePort();
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', own];
  const child = spawnKept(binary, [...where, ...settings], { stdio: 'ignore' });
  closing.push(() => child.kill('SIGKILL'));
  return { port, folder: own };
}

async function faultOf(over: Guarded): Promise<string> {
  await waitFor(() => over.faults.length > 0, { what: 'the driver to tell' });
  return over.meaning(over.faults[0]);
}

describe.each([
  ['ioredis', overIoredis],
  ['node-redis', overNodeRedis],
])('what a real server says, by way of %s', (driver, open) => {
  it('out of memory', async () => {
    const redis = open();
    await redis.send('CONFIG', 'SET', 'maxmemory', '1');
    expect(await redis.kindOf('SET', 'x', '1')).toBe('resource-exhausted: out-of-memory');
  });

  it('cannot persist', async () => {
    const { port, folder: own } = await startAnother(`lost-${driver}`, ['--save', '3600 1']);
    const redis = open({ port });
    await waitFor(async () => (await ping(redis.adapter)) === 'passed', { what: 'the server to serve' });
    rmSync(own, { recursive: true });
    await redis.send('BGSAVE');
    await waitFor(
      async () => (await redis.kindOf('SET', 'x', '1')) === 'resource-exhausted: cannot-persist',
      {
        what: 'the server to have failed to save',
      },
    );
  });

  it('too few replicas', async () => {
    const redis = open();
    await redis.send('CONFIG', 'SET', 'min-replicas-to-write', '1');
    expect(await redis.kindOf('SET', 'x', '1')).toBe('not-primary: primary-lost');
  });

  it('a replica is read-only, and answers nothing without its primary where it shall not', async () => {
    const redis = open();
    await redis.send('REPLICAOF', '127.0.0.1', String(await freePort()));
    expect(await redis.kindOf('SET', 'x', '1')).toBe('not-primary: read-only');
    await redis.send('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    expect(await redis.kindOf('GET', 'x')).toBe('not-primary: primary-lost');
  });

  it('a command that waited while the primary became a replica', async () => {
    const [redis, other] = [open(), open()];
    const waiting = redis.kindOf('BLPOP', 'queue', '0');
    await waitFor(async () => String(await other.send('CLIENT', 'LIST')).includes('cmd=blpop'), {
      what: 'the command to wait at the server',
    });
    await other.send('REPLICAOF', '127.0.0.1', String(await freePort()));
    expect(await waiting).toBe('not-primary: role-changed');
  });

  it('a cluster without all its slots is down', async () => {
    const { port } = await startAnother(`cluster-${driver}`, [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(await freePort()),
    ]);
    const redis = open({ port });
    await waitFor(async () => (await ping(redis.adapter)) === 'passed', { what: 'the server to serve' });
    expect(await redis.kindOf('GET', 'x')).toBe('not-primary: cluster-down');
  });

  it('a script runs long', async () => {
    const [redis, busy] = [open(), open()];
    await redis.send('CONFIG', 'SET', 'busy-reply-threshold', '10');
    const script = busy.send('EVAL', 'while true do end', '0').catch(() => {});
    await waitFor(async () => (await redis.kindOf('GET', 'x')) === 'overloaded: script-runs-long', {
      what: 'the script to run too long',
    });
    await redis.send('SCRIPT', 'KILL');
    await script;
  });

  it('loading its data', async () => {
    const name = `loading-${driver}`;
    const kept = ['--appendonly', 'yes'];
    const first = await startAnother(name, kept);
    const writer = open({ port: first.port });
    await waitFor(async () => (await ping(writer.adapter)) === 'passed', { what: 'the server to serve' });
    await writer.send('EVAL', 'for i = 1, 5000 do redis.call("set", i, i) end', '0');
    await writer.send('SHUTDOWN').catch(() => {});
    const slowly = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    const second = await startAnother(name, [...kept, ...slowly]);
    const redis = open({ port: second.port });
    await waitFor(
      async () => {
        // One that begins before the connection stands is queued by the driver until all is loaded.
        const outcome = await ping(redis.adapter, 1_000);
        return typeof outcome === 'object' && outcome.kind === 'starting';
      },
      { what: 'the ping to say that it is starting' },
    );
    expect(await redis.kindOf('GET', '1')).toMatch(/^starting: (loading-data|loading)$/);
  });

  it('too many clients', async () => {
    const person = open();
    await person.send('CONFIG', 'SET', 'maxclients', '1');
    const redis = open();
    // The server says so and closes at once; ioredis gives the closed connection only, node-redis its words, too.
    const said = driver === 'ioredis' ? /^unreachable: / : /^resource-exhausted: too-many-clients$/;
    await waitFor(() => redis.faults.some((fault) => said.test(redis.meaning(fault))), {
      what: 'the server to refuse the client',
    });
    for (const meaning of redis.faults.map(redis.meaning)) {
      expect(meaning).toMatch(/^(resource-exhausted: too-many-clients|unreachable: )/);
    }
  });

  it('no login, a wrong one, and one that may not', async () => {
    const person = open();
    await person.send('ACL', 'SETUSER', 'limited', 'on', '>right', '+ping', '+info', '+client', '+hello');
    expect(await open({ username: 'limited', password: 'right' }).kindOf('GET', 'x')).toBe(
      'auth: login-refused',
    );
    expect(await faultOf(open({ username: 'limited', password: 'wrong' }))).toBe('auth: login-refused');
    await person.send('CONFIG', 'SET', 'requirepass', 'secret');
    const refused = open();
    await waitFor(async () => (await refused.kindOf('GET', 'x')) === 'auth: login-refused', {
      what: 'the login to be missed',
    });
  });

  it.each([
    ['a wrong type', ['LPUSH', 'text', 'y']],
    ['a wrong number of arguments', ['GET']],
    ['an unknown command', ['NONSENSE']],
    ['an unknown script', ['EVALSHA', '0'.repeat(40), '0']],
    ["a script's own error", ['EVAL', 'return redis.error_reply("MINE no")', '0']],
  ])('%s is the caller', async (_what, command) => {
    const redis = open();
    await redis.send('SET', 'text', 'x');
    expect(await redis.kindOf(...command)).toBe('caller: own-command');
  });

  it('nobody listens, or has that name', async () => {
    expect(await faultOf(open({ port: await freePort() }))).toBe('unreachable: connect-refused');
    const unknown = open({ host: 'no-such-host.invalid' });
    await waitFor(() => unknown.faults.length > 0, { what: 'the name to be looked up' });
    const { kind, outcomeUnknown } = unknown.adapter.classify(unknown.faults[0]);
    expect({ kind, outcomeUnknown }).toEqual({
      kind: expect.stringMatching(/^(unreachable|local)$/),
      outcomeUnknown: false,
    });
  });

  it('TLS: a certificate that nobody vouches for, and a client that speaks none', async (context) => {
    const files = selfSigned(join(folder, `tls-${driver}`));
    if (files === null) notRun(context, 'needs openssl on the PATH, to make a certificate');
    const { key, certificate } = files;
    const tlsPort = await freePort();
    await startAnother(`tls-${driver}`, [
      ...['--tls-port', String(tlsPort), '--tls-cert-file', certificate, '--tls-key-file', key],
      ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
    ]);
    const trusting = open({ port: tlsPort, tls: { ca: readFileSync(certificate) } });
    await waitFor(async () => (await ping(trusting.adapter)) === 'passed', { what: 'the server to serve' });
    expect(await faultOf(open({ port: tlsPort, tls: {} }))).toBe('auth: certificate-refused');
    expect(await faultOf(open({ port: tlsPort }))).toMatch(/^unreachable: /);
  });
});
