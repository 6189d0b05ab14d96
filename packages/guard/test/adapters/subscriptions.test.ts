import { attach } from '@prunella/guard';
import { ioredisClient } from '@prunella/guard/ioredis';
import { pgPool } from '@prunella/guard/pg';
import { rethinkdbConnection } from '@prunella/guard/rethinkdb-ts';
import { blocking, subscribe, untilClosed } from '@prunella/guard/subscriptions';
import { endPool, type FaultProxy, startFaultProxy, waitFor } from '@prunella/labs';
import { Redis } from 'ioredis';
import pg from 'pg';
import { r } from 'rethinkdb-ts';
import { expect, it } from 'vitest';
import { threeServers } from './three-servers.ts';

const { postgres, redis, rethinkdb, ends } = threeServers();

async function proxied(targetPort: number): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ targetPort });
  ends.push(() => proxy.stop());
  return proxy;
}

async function lose(proxy: FaultProxy): Promise<void> {
  proxy.fault({ kind: 'reset', afterBytes: 0 });
  await waitFor(() => proxy.connections === 0, { what: 'the connections to be lost' });
  await proxy.normal();
}

const guardOptions = {
  deadlineMs: 2_000,
  reconnect: { baseMs: 20, capMs: 100 },
  breaker: { share: 0.5, volume: 5, openForMs: 100, windowMs: 300 },
};

it('LISTEN stands again after its connection was lost, and says that something may be missed', async () => {
  const proxy = await proxied(postgres().port);
  const pool = new pg.Pool({
    connectionString: `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`,
    max: 2,
  });
  pool.on('error', () => {});
  const guard = attach(pgPool(pool), { resource: 'postgres/main', ...guardOptions });
  const heard: (string | undefined)[] = [];
  let reconnects = 0;
  const subscription = subscribe(
    guard,
    (db, { ready, signal }) =>
      db.withClient(async (client) => {
        client.on('notification', ({ payload }) => heard.push(payload));
        await client.query('listen jobs');
        ready();
        await untilClosed(client, signal);
        await client.query('unlisten jobs');
      }),
    {
      onReconnect: () => {
        reconnects += 1;
      },
    },
  );
  const notify = async (payload: string) => {
    await guard.run((db) => db.query('select pg_notify($1, $2)', ['jobs', payload]));
    await waitFor(() => heard.includes(payload), { what: `${payload} to be heard` });
  };
  await waitFor(() => subscription.standing, { what: 'LISTEN to stand' });
  await notify('one');
  await lose(proxy);
  await waitFor(() => reconnects === 1, { what: 'LISTEN to stand again' });
  await waitFor(() => guard.condition === 'ok', { what: 'the guard to be well' });
  await notify('two');
  expect(heard).toEqual(['one', 'two']);
  await subscription.stop();
  await guard.detach();
  await endPool(pool);
});

it('SUBSCRIBE of ioredis stands again, once', async () => {
  const proxy = await proxied(redis().port);
  const client = new Redis({ host: '127.0.0.1', port: proxy.port, autoResubscribe: false });
  client.on('error', () => {});
  const publisher = new Redis({ host: '127.0.0.1', port: redis().port });
  ends.push(async () => publisher.disconnect());
  ends.push(async () => client.disconnect());
  const guard = attach(ioredisClient(client), { resource: 'redis/cache', ...guardOptions });
  ends.push(() => guard.detach());
  const heard: string[] = [];
  client.on('message', (_channel, text) => heard.push(String(text)));
  let reconnects = 0;
  const subscription = subscribe(
    guard,
    async (cache, { ready, signal }) => {
      await cache.subscribe('jobs');
      ready();
      await untilClosed(client, signal);
    },
    {
      onReconnect: () => {
        reconnects += 1;
      },
    },
  );
  await waitFor(() => subscription.standing, { what: 'SUBSCRIBE to stand' });
  await publisher.publish('jobs', 'one');
  await waitFor(() => heard.length === 1, { what: 'one to be heard' });
  await lose(proxy);
  await waitFor(() => reconnects === 1, { what: 'SUBSCRIBE to stand again' });
  await publisher.publish('jobs', 'two');
  await waitFor(() => heard.length === 2, { what: 'two to be heard' });
  expect(heard).toEqual(['one', 'two']);
  await subscription.stop();
});

it('BLPOP waits longer than any deadline', async () => {
  const client = new Redis({ host: '127.0.0.1', port: redis().port });
  const producer = new Redis({ host: '127.0.0.1', port: redis().port });
  ends.push(async () => client.disconnect());
  ends.push(async () => producer.disconnect());
  const guard = attach(ioredisClient(client), { resource: 'redis/jobs', deadlineMs: 50, idlePingMs: 0 });
  ends.push(() => guard.detach());
  const popped = blocking(guard, (queue) => queue.blpop('queue', 0));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await producer.rpush('queue', 'job');
  expect((await popped)?.map(String)).toEqual(['queue', 'job']);
  expect(guard.condition).toBe('ok');
});

it('a changefeed of RethinkDB stands again', async () => {
  const proxy = await proxied(rethinkdb().port);
  const guard = attach(rethinkdbConnection({ host: '127.0.0.1', port: proxy.port }, r), {
    resource: 'rethinkdb/main',
    ...guardOptions,
  });
  ends.push(() => guard.detach());
  await guard.run((db) => db.run(r.dbCreate('feeds')));
  await guard.run((db) => db.run(r.db('feeds').tableCreate('monitors')));
  const table = r.db('feeds').table<{ id: string }>('monitors');
  const heard: (string | undefined)[] = [];
  let reconnects = 0;
  const subscription = subscribe(
    guard,
    async (db, { ready, signal }) => {
      const changes = await db.run(table.changes());
      signal.addEventListener('abort', () => void changes.close());
      ready();
      for await (const change of changes) heard.push(change.new_val?.id);
    },
    {
      onReconnect: () => {
        reconnects += 1;
      },
    },
  );
  await waitFor(() => subscription.standing, { what: 'the feed to stand' });
  await guard.run((db) => db.run(table.insert({ id: 'one' })));
  await waitFor(() => heard.length === 1, { what: 'one to be heard' });
  await lose(proxy);
  await waitFor(() => reconnects === 1, { what: 'the feed to stand again' });
  await guard.run((db) => db.run(table.insert({ id: 'two' })));
  await waitFor(() => heard.length === 2, { what: 'two to be heard' });
  expect(heard).toEqual(['one', 'two']);
  await subscription.stop();
});
