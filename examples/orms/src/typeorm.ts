import { attach } from '@prunella/guard';
import { guardedPool, pgPool } from '@prunella/guard/pg';
import pg from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import type { Monitor, Monitors } from './monitors.ts';

const entity = new EntitySchema<Monitor>({
  name: 'Monitor',
  tableName: 'monitors',
  columns: {
    id: { type: 'text', primary: true },
    failcount: { type: 'int' },
  },
});

/** `initialize` needs the database: begin it where the application can wait for it. */
export async function typeormMonitors(pool: pg.Pool): Promise<Monitors> {
  const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 1_000 });
  const guarded = guardedPool(guard, pool);
  // TypeORM makes its pool by `new driver.Pool()`: here that gives the guarded one.
  const driver = { ...pg, Pool: new Proxy(pg.Pool, { construct: () => guarded }) };
  const source = new DataSource({ type: 'postgres', driver, entities: [entity] });
  await source.initialize();

  return {
    guard,
    find: (id) =>
      guard.read({ key: `monitor/${id}`, load: () => source.getRepository(entity).findOneBy({ id }) }),
    async add(monitor) {
      await source.getRepository(entity).insert(monitor);
    },
    addAll: (all) =>
      source.transaction(async (manager) => {
        for (const monitor of all) await manager.insert(entity, monitor);
      }),
    async wait(seconds) {
      await source.query('select pg_sleep($1)', [seconds]);
    },
  };
}
