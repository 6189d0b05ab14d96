import { attach } from '@prunella/guard';
import { guardedPool, pgPool } from '@prunella/guard/pg';
import knex from 'knex';
import type pg from 'pg';
import type { Monitor, Monitors } from './monitors.ts';

export function knexMonitors(pool: pg.Pool): Monitors {
  const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 1_000 });
  const db = knex({ client: 'pg', connectionPool: guardedPool(guard, pool) });

  return {
    guard,
    find: (id) =>
      guard.read({
        key: `monitor/${id}`,
        load: async () => (await db<Monitor>('monitors').where({ id }).first()) ?? null,
      }),
    async add(monitor) {
      await db('monitors').insert(monitor);
    },
    async addAll(all) {
      await db.transaction(async (transaction) => {
        for (const monitor of all) await transaction('monitors').insert(monitor);
      });
    },
    async wait(seconds) {
      await db.raw('select pg_sleep(?)', [seconds]);
    },
  };
}
