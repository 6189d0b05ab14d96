// What docs/rethinkdb.md shows of an application, as a program.
import { attach } from '@prunella/guard';

export async function guardedByWrites(host: string, port: number) {
  // #region writes
  const { hostname } = await import('node:os');
  const { r } = await import('rethinkdb-ts');
  const { rethinkdbClient } = await import('@prunella/guard/rethinkdb-ts');

  const connection = await r.connect({ host, port, db: 'app' });
  const alive = r.table('alive').insert({ id: hostname(), at: r.now() }, { conflict: 'replace' });
  const database = attach(rethinkdbClient(connection, { ping: alive }), { resource: 'rethinkdb/main' });
  // #endregion
  return { connection, database };
}
