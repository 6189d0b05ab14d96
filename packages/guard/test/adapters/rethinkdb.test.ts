import { freePort, type LabService, startRethinkdb, waitFor } from '@prunella/labs';
import r from 'rethinkdb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rethinkdbClient, rethinkdbConnection } from '../../src/adapters/rethinkdb/index.ts';
import { call, kindOfUnknownName, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabService;
const closing: (() => PromiseLike<unknown>)[] = [];
const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtException', onUncaught);
  server = await startRethinkdb({ folder });
});
afterAll(async () => {
  process.removeListener('uncaughtException', onUncaught);
  await server?.stop();
});
beforeEach(async () => {
  if (!server.running) await server.restart();
});
afterEach(async () => {
  server.kill('SIGCONT');
  await Promise.all(closing.splice(0).map((close) => close()));
  expect(uncaught).toEqual([]);
});

const where = () => ({ host: '127.0.0.1', port: server.port, timeout: 5 });
const soon = () => AbortSignal.timeout(15_000);

async function kill(): Promise<void> {
  server.kill('SIGKILL');
  await server.exited();
}

async function borrowed(options: object = {}) {
  const connection = await r.connect({ ...where(), ...options });
  closing.push(() => connection.close({ noreplyWait: false }));
  const adapter = rethinkdbClient(connection);
  const faults: unknown[] = [];
  const stop = adapter.watch?.((error) => faults.push(error));
  return { connection, adapter, faults, stop };
}

describe('a guarded connection of the package rethinkdb', () => {
  it('runs queries, and takes a bad one for the caller', async () => {
    const { adapter } = await borrowed();
    expect(await call(adapter, (db) => db.run(r.expr(1).add(1)))).toMatchObject({
      ended: 'answered',
      value: 2,
    });
    expect(await call(adapter, (db) => db.run(r.table('nowhere')))).toMatchObject({
      ended: 'failed',
      kind: 'caller',
    });
    expect(await call(adapter, (db) => db.run(r.expr(1).add('a')))).toMatchObject({
      ended: 'failed',
      kind: 'caller',
    });
    expect(await ping(adapter)).toBe('passed');
  });

  it('tells once of a loss, and is brought back in place with its database', async () => {
    const { adapter, connection, faults, stop } = await borrowed({ db: 'app' });
    server.kill('SIGSTOP');
    const hanging = call(adapter, (db) => db.run(r.expr(1)));
    await kill();
    expect(await hanging).toMatchObject({ ended: 'failed', kind: 'unreachable', outcomeUnknown: true });
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
    });
    const refused = await adapter.reconnect?.(soon()).catch((error: unknown) => error);
    expect(adapter.classify(refused)).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await server.restart();
    await adapter.reconnect?.(soon());
    expect(await ping(adapter)).toBe('passed');
    expect(await call(adapter, (db) => db.run(r.expr(2)))).toMatchObject({ ended: 'answered', value: 2 });
    expect(connection.db).toBe('app');
    expect(faults).toHaveLength(1);
    stop?.();
    expect(Reflect.get(connection, 'listenerCount').call(connection, 'error')).toBe(0);
  });

  it('refuses to bring back in place what would lose its password', async () => {
    const { adapter, connection } = await borrowed();
    const socket = Reflect.get(connection, 'rawSocket');
    expect(Reflect.get(Object(socket), 'user')).toBe('admin');
    Reflect.set(Object(socket), 'password', 'secret');
    const protectedOne = rethinkdbClient(connection);
    await kill();
    await waitFor(() => !connection.open, { what: 'the connection to notice' });
    const why = await protectedOne.reconnect?.(soon()).catch((error: unknown) => error);
    expect(why).toMatchObject({
      code: 'PRUNELLA_CANNOT_RECONNECT',
      message: expect.stringContaining('password'),
    });
    expect(adapter.classify(why).kind).toBe('unreachable');
  });

  it('that is open and dead is replaced when the ping was not answered', async () => {
    const { adapter } = await borrowed();
    server.kill('SIGSTOP');
    expect(await call(adapter, (db) => db.run(r.expr(1)), 100)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 100)).toBe('late');
    const back = adapter.reconnect?.(soon());
    server.kill('SIGCONT');
    await back;
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ ended: 'answered', value: 1 });
  });
});

describe('a connection of the package rethinkdb that the guard owns', () => {
  function owned(options: object = {}) {
    const adapter = rethinkdbConnection({ host: '127.0.0.1', port: server.port, ...options }, r);
    closing.push(() => adapter.close());
    return adapter;
  }

  it('is opened, replaced when it is lost, and closed', async () => {
    const adapter = owned({ db: 'app', password: '' });
    const faults: unknown[] = [];
    adapter.watch?.((error) => faults.push(error));
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await adapter.reconnect?.(soon());
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ ended: 'answered', value: 1 });
    await kill();
    await waitFor(() => faults.length > 0, { what: 'the connection to tell' });
    await server.restart();
    await adapter.reconnect?.(soon());
    expect(await call(adapter, (db) => db.run(r.expr(2)))).toMatchObject({ ended: 'answered', value: 2 });
    expect(faults).toHaveLength(1);
    await adapter.close();
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
  });

  it('survives a server that takes connections and does not answer, and leaves no late error behind', async () => {
    const adapter = owned({ connectTimeoutMs: 200 });
    server.kill('SIGSTOP');
    const late = await adapter.reconnect?.(soon()).catch((error: unknown) => error);
    expect(adapter.classify(late)).toMatchObject({ kind: 'timeout', outcomeUnknown: false });
    server.kill('SIGCONT');
    // 200 ms may not be enough for a machine that is busy.
    const back = async () => {
      await adapter.reconnect?.(soon());
      return true;
    };
    await waitFor(back, { what: 'the server to be back' });
    expect(await ping(adapter)).toBe('passed');
  });

  it('makes one attempt at a time, however many ask', async () => {
    const adapter = owned({ connectTimeoutMs: 5_000 });
    server.kill('SIGSTOP');
    await expect(adapter.reconnect?.(AbortSignal.timeout(50))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    const second = adapter.reconnect?.(soon());
    server.kill('SIGCONT');
    await second;
    expect(await ping(adapter)).toBe('passed');
  });

  it('says what stands in the way of connecting', async () => {
    const why = async (adapter: ReturnType<typeof owned>) =>
      adapter.classify(await adapter.reconnect?.(soon()).catch((error: unknown) => error)).kind;
    expect(await why(owned({ port: await freePort() }))).toBe('unreachable');
    expect(await why(owned({ host: 'no-such-host.invalid' }))).toBe(await kindOfUnknownName());
  });
});
