import { join } from 'node:path';
import {
  ensureRedis,
  type LabPostgres,
  type LabRedis,
  type LabService,
  startPostgres,
  startRedis,
  startRethinkdb,
} from '@prunella/labs';
import { afterAll, beforeAll } from 'vitest';
import { temporaryFolder } from './call.ts';

/** A server of each kind for the tests of one file, and what is to end before they do, in its order. */
export function threeServers() {
  const folder = temporaryFolder();
  const ends: (() => PromiseLike<unknown>)[] = [];
  let postgres: LabPostgres;
  let redis: LabRedis;
  let rethinkdb: LabService;
  beforeAll(async () => {
    await ensureRedis();
    [postgres, redis, rethinkdb] = await Promise.all([
      startPostgres({ folder: join(folder, 'postgres'), engine: 'postgresql' }),
      startRedis({ folder: join(folder, 'redis') }),
      startRethinkdb({ folder: join(folder, 'rethinkdb') }),
    ]);
  }, 120_000);
  afterAll(async () => {
    for (const end of ends) await end();
    await Promise.all([postgres?.stop(), redis?.stop(), rethinkdb?.stop()]);
  });
  return { postgres: () => postgres, redis: () => redis, rethinkdb: () => rethinkdb, ends };
}
