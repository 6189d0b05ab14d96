import { OptionError } from '@prunella/guard';
import { ioredisClient } from '@prunella/guard/ioredis';
import { pgClient, pgPool } from '@prunella/guard/pg';
import { redisClient } from '@prunella/guard/redis';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';
import { expect, test } from 'vitest';
import type { Wrong } from './wrong.ts';

const ioredis: Wrong = new Redis({ lazyConnect: true });
const nodeRedis: Wrong = createClient();
const client: Wrong = new pg.Client();
const pool: Wrong = new pg.Pool();

test.each([
  ['pgPool', 'a client of pg', () => pgPool(client), 'pgClient'],
  ['pgClient', 'a pool of pg', () => pgClient(pool), 'pgPool'],
  ['ioredisClient', 'a client of node-redis', () => ioredisClient(nodeRedis), 'redisClient'],
  ['redisClient', 'a client of ioredis', () => redisClient(ioredis), 'ioredisClient'],
])('%s refuses %s, and names what is for it', (_name, _given, make, instead) => {
  expect(make).toThrow(OptionError);
  expect(make).toThrow(new RegExp(`allowed: .*\\b${instead}\\b`));
});

test('each takes its own', () => {
  const made = [pgPool(pool), pgClient(client), ioredisClient(ioredis), redisClient(nodeRedis)];
  expect(made.map(({ driver }) => driver)).toEqual(['pg', 'pg', 'ioredis', 'redis']);
});
