import type { ReqlConnection } from '../reql/place.ts';

/** What the adapter needs of the package `rethinkdb`, which comes without types. */
export interface ClassicDriver {
  readonly net: {
    readonly TcpConnection: new (
      options: object,
      callback: (error: Error | null, connection?: ClassicConnection) => void,
    ) => ClassicConnection;
  };
}

export interface ClassicConnection extends ReqlConnection {
  readonly db?: string | undefined;
  use(db: string): unknown;
  reconnect(options: { noreplyWait: boolean }): PromiseLike<unknown>;
}

/** A query, such as `r.table('monitors').get(id)`. */
export interface ClassicTerm<Result = unknown> {
  run(connection: ClassicConnection, options?: object): PromiseLike<Result>;
}
