import { attach } from '@prunella/guard';
import { guardedPool, pgPool } from '@prunella/guard/pg';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import type { Monitors } from './monitors.ts';

const monitors = pgTable('monitors', {
  id: text().primaryKey(),
  failcount: integer().notNull(),
});

export function drizzleMonitors(pool: pg.Pool): Monitors {
  const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 1_000 });
  const db = drizzle({ client: guardedPool(guard, pool) });

  return {
    guard,
    find: (id) =>
      guard.read({
        key: `monitor/${id}`,
        load: async () => {
          const [found] = await db.select().from(monitors).where(eq(monitors.id, id));
          return found ?? null;
        },
      }),
    async add(monitor) {
      await db.insert(monitors).values(monitor);
    },
    addAll: (all) =>
      db.transaction(async (transaction) => {
        for (const monitor of all) await transaction.insert(monitors).values(monitor);
      }),
    async wait(seconds) {
      await db.execute(sql`select pg_sleep(${seconds})`);
    },
  };
}
