/** The package has no types of its own; these cover what the tests use. */
declare module 'rethinkdb' {
  interface Term {
    run(connection: object, options?: object): Promise<unknown>;
    add(value: unknown): Term;
    insert(rows: unknown): Term;
  }
  interface Database {
    table(name: string): Term;
    tableCreate(name: string): Term;
  }
  type GuardAdapters = typeof import('../../src/adapters/rethinkdb/index.ts');
  const driver: Parameters<GuardAdapters['rethinkdbConnection']>[1] & {
    connect(options: object): Promise<Parameters<GuardAdapters['rethinkdbClient']>[0]>;
    expr(value: unknown): Term;
    table(name: string): Term;
    db(name: string): Database;
    dbCreate(name: string): Term;
    error(message: string): Term;
  };
  export default driver;
}
