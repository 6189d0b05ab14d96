import { freePort, type LabService, startRethinkdb, waitFor } from '@prunella/labs';
import { type Connection, type RConnectionOptions, r } from 'rethinkdb-ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type RethinkdbHandle,
  rethinkdbClient,
  rethinkdbConnection,
  rethinkdbPool,
} from '../../src/adapters/rethinkdb-ts/index.ts';
import { begins, call, kindOfUnknownName, ping, temporaryFolder, unhandledDuring } from './call.ts';

const folder = temporaryFolder();
let server: LabService;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startRethinkdb({ folder });
});
afterAll(() => server?.stop());
beforeEach(async () => {
  if (!server.running) await server.restart();
});
afterEach(async () => {
  server.kill('SIGCONT');
  await Promise.all(closing.splice(0).map((close) => close()));
});

const where = (): RConnectionOptions => ({ host: '127.0.0.1', port: server.port, silent: true, timeout: 5 });
const soon = () => AbortSignal.timeout(15_000);

async function kill(): Promise<void> {
  server.kill('SIGKILL');
  await server.exited();
}

describe('a guarded pool of rethinkdb-ts', () => {
  async function pooled() {
    const pool = await r.connectPool({ ...where(), buffer: 2, max: 2, timeoutError: 50 });
    closing.push(() => pool.drain());
    const adapter = rethinkdbPool(r);
    const faults: unknown[] = [];
    const stop = adapter.watch?.((error) => faults.push(error));
    return { pool, adapter, faults, stop };
  }

  it('runs queries, and takes a bad one for the caller', async () => {
    const { adapter, stop, pool } = await pooled();
    expect(await call(adapter, (db) => db.run(r.expr(1).add(1)))).toMatchObject({
      ended: 'answered',
      value: 2,
    });
    expect(await call(adapter, (db) => db.run(r.table('nowhere')))).toMatchObject({
      ended: 'failed',
      kind: 'caller',
    });
    expect(await call(adapter, (db) => db.run(r.error('own')))).toMatchObject({
      ended: 'failed',
      kind: 'caller',
    });
    expect(await ping(adapter)).toBe('passed');
    const before = pool.listenerCount('healthy');
    stop?.();
    expect(pool.listenerCount('healthy')).toBe(before - 1);
  });

  it('sees the server die in the middle of a query, and works when it is back', async () => {
    const { adapter, faults, pool } = await pooled();
    server.kill('SIGSTOP');
    const hanging = call(adapter, (db) => db.run(r.expr(1)));
    await kill();
    expect(await hanging).toMatchObject({ ended: 'failed', kind: 'unreachable', outcomeUnknown: true });
    await waitFor(() => faults.length > 0, { what: 'the pool to tell' });
    expect(adapter.classify(faults[0]).kind).toBe('unreachable');
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await server.restart();
    await waitFor(() => pool.isHealthy, { what: 'the pool to reconnect' });
    expect(await ping(adapter)).toBe('passed');
    expect(await call(adapter, (db) => db.run(r.expr(3)))).toMatchObject({ ended: 'answered', value: 3 });
  });

  it('closes connections that are open and dead, so that the pool replaces them', async () => {
    const { adapter, pool } = await pooled();
    const before = pool.getPools().flatMap((one) => one.getConnections());
    server.kill('SIGSTOP');
    expect(await call(adapter, (db) => db.run(r.expr(1)), 100)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 100)).toBe('late');
    const lost: Connection[] = [];
    for (const connection of before) connection.on('close', () => lost.push(connection));
    const back = adapter.reconnect?.(soon());
    server.kill('SIGCONT');
    await back;
    expect(lost).not.toEqual([]);
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'the pool to work again' });
  });

  it('follows a pool that is made later', async () => {
    const adapter = rethinkdbPool(r);
    const faults: unknown[] = [];
    adapter.watch?.((error) => faults.push(error));
    const { pool } = await pooled();
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ ended: 'answered' });
    await kill();
    await waitFor(() => faults.length > 0, { what: 'the later pool to tell' });
    expect(pool.isHealthy).toBe(false);
  });
});

describe('a guarded connection of rethinkdb-ts', () => {
  it('that the application owns is brought back in place', async () => {
    const connection = await r.connect({ ...where(), db: 'rethinkdb' });
    closing.push(() => connection.close());
    const adapter = rethinkdbClient(connection);
    const faults: unknown[] = [];
    const stop = adapter.watch?.((error) => faults.push(error));
    expect(await call(adapter, (db) => db.run(r.expr('a')))).toMatchObject({ value: 'a' });
    await kill();
    await waitFor(() => faults.length > 0, { what: 'the connection to tell' });
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
    });
    await expect(adapter.reconnect?.(soon())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    await adapter.reconnect?.(soon());
    expect(await ping(adapter)).toBe('passed');
    expect(await call(adapter, (db) => db.run(r.expr('b')))).toMatchObject({ value: 'b' });
    expect(faults).toHaveLength(1);
    stop?.();
    expect([connection.listenerCount('error'), connection.listenerCount('close')]).toEqual([0, 0]);
  });

  it('ends no process by what was begun and not yet awaited when the deadline came', async () => {
    const connection = await r.connect(where());
    closing.push(() => connection.close());
    const adapter = rethinkdbClient(connection);
    server.kill('SIGSTOP');
    const unhandled = await unhandledDuring(async () => {
      const begun = begins((db: RethinkdbHandle) => db.run(r.expr(1)));
      expect(await call(adapter, begun, 50)).toEqual({ ended: 'deadline', local: false });
      await kill();
      await waitFor(() => !connection.open, { what: 'the connection to notice' });
    });
    expect(unhandled).toEqual([]);
  });

  it('that the application owns gathers no listeners while its server is away', async () => {
    const connection = await r.connect(where());
    closing.push(() => connection.close());
    const adapter = rethinkdbClient(connection);
    await kill();
    await waitFor(() => !connection.open, { what: 'the connection to notice' });
    for (let tries = 0; tries < 12; tries += 1) await expect(adapter.reconnect?.(soon())).rejects.toThrow();
    await server.restart();
    await adapter.reconnect?.(soon());
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ value: 1 });
    const closes: unknown[] = [];
    connection.on('close', (error) => closes.push(error));
    await kill();
    await waitFor(() => closes.length > 0, { what: 'the connection to tell' });
    expect(closes).toHaveLength(1);
  });

  it('that the application brings back by itself tells of its next loss, too', async () => {
    const connection = await r.connect(where());
    closing.push(() => connection.close());
    const faults: unknown[] = [];
    const stop = rethinkdbClient(connection).watch?.((error) => faults.push(error));
    for (const losses of [1, 2]) {
      await kill();
      await waitFor(() => faults.length === losses, { what: `loss ${losses} to be told` });
      await server.restart();
      await connection.reconnect();
    }
    stop?.();
    expect(['connect', 'error', 'close'].map((name) => connection.listenerCount(name))).toEqual([0, 0, 0]);
  });

  it.each([
    ['that comes after its call missed its deadline', true],
    ['that its call was reading when it missed its deadline', false],
  ])('leaves no feed open at the server %s', async (_when, comesLate) => {
    const connection = await r.connect(where());
    closing.push(() => connection.close());
    const adapter = rethinkdbClient(connection);
    await call(adapter, (db) => db.run(r.dbCreate('feeds')));
    await call(adapter, (db) => db.run(r.db('feeds').tableCreate('monitors')));
    const feed = r.db('feeds').table('monitors').changes();
    const running = () => Number(Reflect.get(connection, 'numOfQueries'));
    if (comesLate) server.kill('SIGSTOP');
    const late = call(
      adapter,
      async (db) => {
        for await (const _change of await db.run(feed));
      },
      waitFor(() => running() === 1, { what: 'the feed to be asked for' }),
    );
    expect(await late).toEqual({ ended: 'deadline', local: false });
    server.kill('SIGCONT');
    await waitFor(() => running() === 0, { what: 'the feed to be closed', deadlineMs: 10_000 });
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ value: 1 });
  });

  it('that the guard owns is opened, replaced while it is open and dead, and closed', async () => {
    const adapter = rethinkdbConnection({ host: '127.0.0.1', port: server.port }, r);
    closing.push(() => adapter.close());
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await adapter.reconnect?.(soon());
    expect(await ping(adapter)).toBe('passed');
    server.kill('SIGSTOP');
    expect(await call(adapter, (db) => db.run(r.expr(1)), 100)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 100)).toBe('late');
    const back = adapter.reconnect?.(soon());
    server.kill('SIGCONT');
    await back;
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ ended: 'answered', value: 1 });
    await adapter.close();
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
    });
  });

  it('lets a first call wait for the first connection, and a call after a failed one fail at once', async () => {
    const adapter = rethinkdbConnection({ host: '127.0.0.1', port: server.port }, r);
    closing.push(() => adapter.close());
    expect(await call(adapter, (db) => db.run(r.expr(1)))).toMatchObject({ ended: 'answered', value: 1 });

    const refused = rethinkdbConnection({ host: '127.0.0.1', port: await freePort() }, r);
    closing.push(() => refused.close());
    for (const _ of ['waits', 'fails at once']) {
      expect(await call(refused, (db) => db.run(r.expr(1)))).toMatchObject({
        ended: 'failed',
        kind: 'unreachable',
      });
    }
  });

  it('says what stands in the way of connecting', async () => {
    const refused = rethinkdbConnection({ host: '127.0.0.1', port: await freePort() }, r);
    const unknown = rethinkdbConnection({ host: 'no-such-host.invalid' }, r);
    const why = async (adapter: typeof refused) =>
      adapter.classify(await adapter.reconnect?.(soon()).catch((error: unknown) => error)).kind;
    const kind = await kindOfUnknownName();
    expect([await why(refused), await why(unknown)]).toEqual(['unreachable', kind]);
    expect(await ping(unknown)).toMatchObject({ kind });
  });

  it('pings with a query of the application where it gives one', async () => {
    const connection = await r.connect(where());
    closing.push(() => connection.close());
    const adapter = rethinkdbClient(connection, { ping: r.table('no_such_table') });
    expect(await ping(adapter)).toMatchObject({ kind: 'caller' });
  });
});
