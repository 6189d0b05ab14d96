import { attach } from '@prunella/guard';
import { type PgHandle, pgPool } from '@prunella/guard/pg';
import pg from 'pg';
import type { Monitor, Reaction } from './model.ts';
import type { Store } from './store.ts';

const schema = `
  create table if not exists monitors (
    id text primary key, status text not null, failcount integer not null, since bigint not null,
    reactions text[] not null);
  create table if not exists reactions (
    id text primary key, trigger integer not null, frequency integer not null, call_on text[] not null,
    run jsonb not null, lastrun bigint not null);
  create table if not exists history (
    result text primary key, cid text not null, status text not null, at bigint not null);
`;

/** The history's key lets a result that is replayed after an unknown outcome count once. */
const recordResult = `
  with new as (
    insert into history values ($1, $2, $3, $4) on conflict do nothing returning result)
  update monitors set
    failcount = case when status = $3 then failcount + 1 else 0 end,
    since = case when status = $3 then since else $4 end,
    status = $3
  where id = $2 and exists (select from new)
  returning failcount`;

export function openPostgresStore(connectionString: string, name: string): Store<PgHandle> {
  const pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 2_000 });
  // The guard listens too, but only until it is detached; a pool that nobody listens to ends the process.
  pool.on('error', () => {});
  return {
    resource: `postgres/${name}`,
    guard: (options) => attach(pgPool(pool), { ...options, resource: `postgres/${name}` }),
    getMonitor: async (database, id) => {
      const text = 'select id, status, failcount, since::float8, reactions from monitors where id = $1';
      return (await database.query<Monitor>(text, [id])).rows[0] ?? null;
    },
    getReaction: async (database, id) => {
      const text =
        'select id, trigger, frequency, call_on, run, lastrun::float8 from reactions where id = $1';
      return (await database.query<Reaction>(text, [id])).rows[0] ?? null;
    },
    recordResult: async (database, { id, cid, status, at }) => {
      const counted = await database.query<{ failcount: number }>(recordResult, [id, cid, status, at]);
      return counted.rows[0]?.failcount ?? 0;
    },
    recordRun: async (database, { reaction, at }) => {
      const text = 'update reactions set lastrun = greatest(lastrun, $2) where id = $1';
      await database.query(text, [reaction, at]);
    },
    prepare: async (database, monitors, reactions) => {
      await database.query(schema);
      for (const { id, status, failcount, since, reactions: ids } of monitors) {
        const text = 'insert into monitors values ($1, $2, $3, $4, $5) on conflict do nothing';
        await database.query(text, [id, status, failcount, since, ids]);
      }
      for (const { id, trigger, frequency, call_on, run, lastrun } of reactions) {
        const text = 'insert into reactions values ($1, $2, $3, $4, $5, $6) on conflict do nothing';
        await database.query(text, [id, trigger, frequency, call_on, run, lastrun]);
      }
    },
    close: () => pool.end(),
  };
}
