import { join } from 'node:path';
import {
  ensureRedis,
  type FaultProxy,
  findRedis,
  freePort,
  signalGroup,
  spawnKept,
  startFaultProxy,
  waitFor,
} from '@prunella/labs';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ioredisClient } from '../../src/adapters/ioredis/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let port: number;
let pid: number;
let proxy: FaultProxy;
const closing: (() => void)[] = [];

/** A cluster of one node that has all slots. */
async function startNode(): Promise<void> {
  const binary = findRedis() ?? expect.unreachable('redis-server was installed above');
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
  const child = spawnKept(
    binary,
    [...where, '--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    { stdio: 'ignore' },
  );
  pid = child.pid ?? expect.unreachable('redis-server was started');
}

async function whileConnected(work: (person: Redis) => Promise<boolean>): Promise<void> {
  const person = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50 });
  person.on('error', () => {});
  await waitFor(() => work(person), { what: `the cluster in ${join(folder)} to be ready` });
  person.disconnect();
}

const serves = async (person: Redis) => String(await person.cluster('INFO')).includes('cluster_state:ok');

beforeAll(async () => {
  await ensureRedis();
  port = await freePort();
  proxy = await startFaultProxy({ targetPort: port });
  await startNode();
  await whileConnected(
    async (person) => (await person.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')) === 'OK',
  );
  await whileConnected(serves);
}, 120_000);
afterEach(async () => {
  signalGroup(pid, 'SIGCONT');
  for (const close of closing.splice(0)) close();
  await proxy.normal();
});
afterAll(async () => {
  await proxy.stop();
  signalGroup(pid, 'SIGKILL');
});

function guarded(at = port) {
  const cluster = new Cluster([{ host: '127.0.0.1', port: at }], {
    clusterRetryStrategy: () => 50,
    natMap: { [`127.0.0.1:${port}`]: { host: '127.0.0.1', port: at } },
    redisOptions: { maxRetriesPerRequest: 1 },
  });
  closing.push(() => cluster.disconnect());
  const adapter = ioredisClient(cluster);
  adapter.watch?.(() => {});
  return { cluster, adapter };
}

describe('a guarded cluster of ioredis', () => {
  it('answers commands and pipelines, and takes keys of several slots for the caller', async () => {
    const { adapter } = guarded();
    expect(await call(adapter, (redis) => redis.set('a', '1'))).toMatchObject({ value: 'OK' });
    expect(await call(adapter, (redis) => redis.pipeline().incr('a').get('a').exec())).toMatchObject({
      value: [
        [null, 2],
        [null, '2'],
      ],
    });
    expect(await call(adapter, (redis) => redis.mget('a', 'b'))).toMatchObject({ kind: 'caller' });
    expect(await ping(adapter)).toBe('passed');
  });

  it('misses a deadline while its node stands still, and refuses the handle afterwards', async () => {
    const { adapter, cluster } = guarded();
    await call(adapter, (redis) => redis.set('a', '1'));
    let kept: Cluster | undefined;
    signalGroup(pid, 'SIGSTOP');
    const late = await call(
      adapter,
      (redis) => {
        kept = redis;
        return redis.get('a');
      },
      100,
    );
    expect(late).toEqual({ ended: 'deadline', local: false });
    await expect(kept?.get('a')).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    signalGroup(pid, 'SIGCONT');
    expect(await cluster.get('a')).toBe('1');
  });

  it.each<[string, (redis: Cluster) => Promise<unknown>]>([
    ['a write', (redis: Cluster) => redis.incr('late')],
    ['a pipeline', (redis: Cluster) => redis.pipeline().incr('late').exec()],
    ['a transaction', (redis: Cluster) => redis.multi().incr('late').exec()],
  ])(
    'does not make %s again that missed its deadline before its connection was lost',
    async (_what, write) => {
      const { adapter, cluster } = guarded(proxy.port);
      const { cluster: person } = guarded();
      await person.del('late');
      await person.del('own');
      await call(adapter, (redis) => redis.get('late'));
      proxy.fault({ kind: 'black-hole' }, 'to-client');
      const isMade = waitFor(async () => (await person.get('late')) === '1', {
        what: 'the write to be made',
      });
      expect(await call(adapter, write, isMade)).toEqual({ ended: 'deadline', local: false });
      // Beside the guard ioredis sends again what had no answer, in the order in which it was sent.
      const own = cluster.incr('own');
      await waitFor(async () => (await person.get('own')) === '1', { what: 'the other write to be made' });
      proxy.fault({ kind: 'reset' });
      await proxy.normal();
      expect(await own).toBe(2);
      expect(await person.get('late')).toBe('1');
    },
  );

  it('is unreachable while its nodes are gone, and serves when they are back', async () => {
    const { adapter, cluster } = guarded();
    await call(adapter, (redis) => redis.set('a', '1'));
    signalGroup(pid, 'SIGKILL');
    await waitFor(() => cluster.status !== 'ready', { what: 'ioredis to notice' });
    const lost = await call(adapter, (redis) => redis.get('a'), 2_000);
    expect(lost).toMatchObject({ ended: 'failed', kind: 'unreachable' });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await startNode();
    await whileConnected(serves);
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'ioredis to find the cluster' });
    expect(await call(adapter, (redis) => redis.get('a'))).toMatchObject({ ended: 'answered' });
  });
});
