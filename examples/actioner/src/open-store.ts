import type { Store } from './store.ts';

/** Hands the store that the URL names to `use`. Only the driver that is used is loaded. */
export async function withStore<Result>(
  database: string,
  name: string,
  use: <Handle>(store: Store<Handle>) => Promise<Result>,
): Promise<Result> {
  if (/^postgres(ql)?:/.test(database)) {
    const { openPostgresStore } = await import('./postgres-store.ts');
    return use(openPostgresStore(database, name));
  }
  if (database.startsWith('rethinkdb:')) {
    const { openRethinkdbStore } = await import('./rethinkdb-store.ts');
    return use(openRethinkdbStore(database, name));
  }
  throw new TypeError(`--database must begin with postgresql:// or rethinkdb://, not "${database}"`);
}
