import { readFileSync } from 'node:fs';
import { attach, connect } from '@prunella/guard';
import { redisCache } from '@prunella/guard/cache-redis';
import { chaos } from '@prunella/guard/chaos';
import { adapterChecks } from '@prunella/guard/conformance';
import { httpService } from '@prunella/guard/http';
import { ioredisClient } from '@prunella/guard/ioredis';
import { openTelemetry } from '@prunella/guard/opentelemetry';
import { overload, retryBudget, retrying } from '@prunella/guard/overload';
import { guardedPool, pgClient, pgPool } from '@prunella/guard/pg';
import { readMany } from '@prunella/guard/reads';
import { redisClient } from '@prunella/guard/redis';
import * as classic from '@prunella/guard/rethinkdb';
import * as ts from '@prunella/guard/rethinkdb-ts';
import { stream } from '@prunella/guard/streams';
import { subscribe } from '@prunella/guard/subscriptions';
import { transaction } from '@prunella/guard/transaction';
import { degradedWrites } from '@prunella/guard/writes';
import { nothing, pool, type Wrong } from './wrong.ts';

/** What is refused in place of the thing to be guarded, by entry. */
export const subjects: readonly (readonly [
  entry: string,
  name: string,
  make: (given: Wrong) => unknown,
  option: string,
])[] = [
  ['.', 'attach', (given) => attach(given, { resource: 'stand-in/main' }), 'adapter'],
  ['.', 'connect', (given) => connect(given, { resource: 'stand-in/main' }), 'adapter'],
  ['./chaos', 'chaos', (given) => chaos(given), 'adapter'],
  ['./pg', 'pgPool', (given) => pgPool(given), 'pool'],
  ['./pg', 'pgClient', (given) => pgClient(given), 'client'],
  ['./pg', 'guardedPool', (given) => guardedPool(given, pool), 'guard'],
  ['./ioredis', 'ioredisClient', (given) => ioredisClient(given), 'client'],
  ['./redis', 'redisClient', (given) => redisClient(given), 'client'],
  ['./http', 'httpService', (given) => httpService(given, { ping: 'http://127.0.0.1/' }), 'fetch'],
  ['./rethinkdb', 'rethinkdbClient', (given) => classic.rethinkdbClient(given), 'connection'],
  ['./rethinkdb', 'rethinkdbConnection', (given) => classic.rethinkdbConnection({}, given), 'driver'],
  ['./rethinkdb-ts', 'rethinkdbClient', (given) => ts.rethinkdbClient(given), 'connection'],
  ['./rethinkdb-ts', 'rethinkdbConnection', (given) => ts.rethinkdbConnection({}, given), 'r'],
  ['./rethinkdb-ts', 'rethinkdbPool', (given) => ts.rethinkdbPool(given), 'r'],
  ['./cache-redis', 'redisCache', (given) => redisCache(given, { prefix: 'shop:' }), 'client'],
  ['./opentelemetry', 'openTelemetry', (given) => openTelemetry(given), 'api.trace'],
  ['./conformance', 'adapterChecks', (given) => adapterChecks(given), 'harness'],
  ['./writes', 'degradedWrites', (given) => degradedWrites(given), 'guard'],
  ['./reads', 'readMany', (given) => readMany(given, { keys: [], load: () => new Map() }), 'guard'],
  ['./streams', 'stream', (given) => stream(given, nothing as Wrong), 'guard'],
  ['./subscriptions', 'subscribe', (given) => subscribe(given, nothing as Wrong), 'guard'],
  ['./transaction', 'transaction', (given) => transaction(given, nothing as Wrong), 'guard'],
  ['./overload', 'overload', (given) => overload(given, { maximumCalls: 1 }), 'guard'],
  ['./overload', 'retrying', (given) => retrying(given), 'guard'],
  ['./overload', 'retryBudget', (given) => retryBudget(given, {}), 'guard'],
];

/** The published entries, from package.json. */
export function publishedEntries(): string[] {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return Object.keys(manifest.exports);
}
