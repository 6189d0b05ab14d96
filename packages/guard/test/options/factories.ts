import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attach, configureReporting, connect, memoryCache } from '@prunella/guard';
import { layeredCache } from '@prunella/guard/cache-layered';
import { redisCache } from '@prunella/guard/cache-redis';
import { chaos } from '@prunella/guard/chaos';
import { adapterChecks } from '@prunella/guard/conformance';
import { health } from '@prunella/guard/health';
import { httpService } from '@prunella/guard/http';
import { openJournal } from '@prunella/guard/journal';
import { overload, retryBudget, retrying } from '@prunella/guard/overload';
import { guardedPool, pgClient, pgPool } from '@prunella/guard/pg';
import * as classic from '@prunella/guard/rethinkdb';
import * as ts from '@prunella/guard/rethinkdb-ts';
import { stream } from '@prunella/guard/streams';
import { subscribe } from '@prunella/guard/subscriptions';
import { transaction } from '@prunella/guard/transaction';
import { degradedWrites } from '@prunella/guard/writes';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';
import { methods, nothing, pool, type Wrong } from './wrong.ts';

export interface Factory {
  /** The entry of package.json: `./pg`. */
  readonly entry: string;
  readonly name: string;
  /** Makes the thing with these options, others being right. */
  readonly make: (options: Wrong) => unknown;
  /** Options that are right. */
  readonly right: object;
  /** Each option with a value that is wrong; in dots where it lies inside another. */
  readonly wrong: readonly (readonly [option: string, value: unknown])[];
}

const adapter = new StandInAdapter();
const ioredis = methods('get', 'set', 'sendCommand', 'ping', 'disconnect', 'on', 'removeListener');
const guard = () => attach(new StandInAdapter(), { resource: 'stand-in/main' });

export const factories: readonly Factory[] = [
  ...[attach, connect].map((make) => ({
    entry: '.',
    name: make.name,
    make: (options: Wrong) => make(adapter, options),
    right: { resource: 'stand-in/main' },
    wrong: [
      ['resource', 'main'],
      ['resource', `stand-in/${'x'.repeat(200)}`],
      ['deadlineMs', 0],
      ['deadlineMs', '5s'],
      ['deadlineMs', Number.NaN],
      ['breaker', 3],
      ['breaker.share', 0],
      ['breaker.consecutive', 0.5],
      ['breaker.windowMs', 1],
      ['breaker.openForMs', 0],
      ['reconnect', []],
      ['reconnect.baseMs', 0],
      ['reconnect.capMs', 1],
      ['idlePingMs', -1],
      ['cache', {}],
      ['cacheDeadlineMs', 0],
      ['clock', Date],
      ['random', 0.5],
    ] as const,
  })),
  {
    entry: '.',
    name: 'memoryCache',
    make: memoryCache,
    right: {},
    wrong: [
      ['maximumEntries', 0],
      ['maximumBytes', '1 MB'],
    ],
  },
  {
    entry: '.',
    name: 'configureReporting',
    make: configureReporting,
    right: { service: 'shop' },
    wrong: [
      ['service', 'a/b'],
      ['service', 7],
      ['healer', 'db1:7766'],
      ['healer', 'ftp://db1'],
      ['healer', new Array(17).fill('http://db1')],
      ['token', 7],
      ['tokenFile', 7],
      ['caFile', '/no/such/file'],
      ['host', 'a b'],
      ['heartbeatSickMs', 1],
      ['heartbeatOkMs', 1e9],
      ['timeoutMs', 'soon'],
      ['inTests', 'yes'],
    ],
  },
  {
    entry: './chaos',
    name: 'chaos',
    make: (options) => chaos(adapter, options),
    right: {},
    wrong: [
      ['seed', -1],
      ['plan', 'all'],
      ['errorFor', 'ECONNREFUSED'],
      ['clock', {}],
    ],
  },
  {
    entry: './health',
    name: 'health',
    make: health,
    right: {},
    wrong: [
      ['required', 'postgres/main'],
      ['required', ['main']],
    ],
  },
  {
    entry: './http',
    name: 'httpService',
    make: (options) => httpService(fetch, options),
    right: { ping: 'http://127.0.0.1/' },
    wrong: [
      ['ping', 'db1'],
      ['ping', undefined],
      ['pingMethod', 'POST'],
      ['isAnswer', 200],
    ],
  },
  {
    entry: './pg',
    name: 'pgPool',
    make: (options) => pgPool(pool, options),
    right: {},
    wrong: [['maximumWaiting', 0]],
  },
  {
    entry: './pg',
    name: 'pgClient',
    make: (options) => pgClient(methods('query', 'end', 'on', 'removeListener'), options),
    right: {},
    wrong: [['maximumWaiting', 1.5]],
  },
  {
    entry: './pg',
    name: 'guardedPool',
    make: (options) => {
      const database = attach(pgPool(pool), { resource: 'postgres/main' });
      return guardedPool(database, pool, options);
    },
    right: {},
    wrong: [['clientDeadlineMs', 0]],
  },
  {
    entry: './rethinkdb',
    name: 'rethinkdbConnection',
    make: (options) => classic.rethinkdbConnection(options, { net: methods('TcpConnection') } as Wrong),
    right: {},
    wrong: [
      ['host', 7],
      ['port', '28015'],
      ['db', 7],
      ['user', 7],
      ['password', 7],
      ['tls', true],
      ['connectTimeoutMs', 0],
    ],
  },
  {
    entry: './rethinkdb',
    name: 'rethinkdbClient',
    make: (options) =>
      classic.rethinkdbClient(methods('reconnect', 'server', 'use', 'on', 'removeListener'), options),
    right: {},
    wrong: [],
  },
  {
    entry: './rethinkdb-ts',
    name: 'rethinkdbConnection',
    make: (options) => ts.rethinkdbConnection(options, methods('connect')),
    right: {},
    wrong: [
      ['host', 7],
      ['port', 0],
      ['connectTimeoutMs', 'soon'],
    ],
  },
  {
    entry: './cache-redis',
    name: 'redisCache',
    make: (options) => redisCache(ioredis, options),
    right: { prefix: 'shop:' },
    wrong: [
      ['prefix', ''],
      ['schema', -1],
      ['ttlMs', 0],
      ['deadlineMs', 0],
      ['maximumLength', 0],
      ['onUnreadable', 'log'],
    ],
  },
  {
    entry: './cache-layered',
    name: 'layeredCache',
    make: layeredCache,
    right: { shared: memoryCache() },
    wrong: [
      ['shared', {}],
      ['maximumEntries', 0],
      ['maximumBytes', 0],
      ['deadlineMs', 0],
      ['restMs', -1],
      ['onFault', 'log'],
      ['clock', {}],
    ],
  },
  {
    entry: './overload',
    name: 'overload',
    make: (options) => overload(guard(), options),
    right: { maximumCalls: 10 },
    wrong: [
      ['maximumCalls', 0],
      ['maximumWaiting', -1],
      ['slowStart', 5],
      ['slowStart.forMs', -1],
      ['slowStart.fromShare', 0],
      ['maximumShedShare', 2],
      ['serveCache', 'yes'],
    ],
  },
  {
    entry: './overload',
    name: 'retrying',
    make: (options) => retrying(guard(), options),
    right: {},
    wrong: [
      ['maximumTries', 1],
      ['baseMs', 0],
      ['capMs', 1],
      ['idempotent', 'yes'],
    ],
  },
  {
    entry: './overload',
    name: 'retryBudget',
    make: (options) => retryBudget(guard(), options),
    right: {},
    wrong: [
      ['share', 2],
      ['reserve', -1],
    ],
  },
  {
    entry: './writes',
    name: 'degradedWrites',
    make: (options) => degradedWrites(guard(), options),
    right: {},
    wrong: [
      ['maximumCount', 0],
      ['maximumBytes', 0],
    ],
  },
  {
    entry: './journal',
    name: 'openJournal',
    make: (options) => openJournal(options),
    right: { file: join(tmpdir(), `prunella-options-${process.pid}`, 'none', 'journal.db') },
    wrong: [
      ['file', ''],
      ['maximumEntries', 0],
      ['maximumBytes', 1],
      ['clock', {}],
    ],
  },
  {
    entry: './conformance',
    name: 'adapterChecks',
    make: (options) => {
      const server = methods('start', 'stop', 'stall', 'resume');
      return adapterChecks({ ...methods('lend', 'adapt', 'takeBack', 'call'), server }, options);
    },
    right: {},
    wrong: [
      ['deadlineMs', 1],
      ['patienceMs', 1],
    ],
  },
  {
    entry: './streams',
    name: 'stream',
    make: (options) => stream(guard(), nothing as Wrong, options),
    right: {},
    wrong: [
      ['firstMs', 0],
      ['idleMs', 0],
      ['batchRows', 0],
      ['within', {}],
    ],
  },
  {
    entry: './subscriptions',
    name: 'subscribe',
    make: (options) => subscribe(guard(), () => new Promise(nothing), options),
    right: {},
    wrong: [
      ['readyMs', 0],
      ['onReconnect', 'log'],
    ],
  },
  {
    entry: './transaction',
    name: 'transaction',
    make: (options) => transaction(guard() as Wrong, nothing as Wrong, options),
    right: {},
    wrong: [
      ['isolation', 'chaos'],
      ['readOnly', 'yes'],
      ['endDeadlineMs', 0],
      ['deadlineMs', 0],
    ],
  },
];
