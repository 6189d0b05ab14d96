import type {
  Client,
  QueryArrayConfig,
  QueryArrayResult,
  QueryConfig,
  QueryResult,
  QueryResultRow,
  Submittable,
} from 'pg';
import type { Transactional } from '../../transaction/transactional.ts';

/**
 * What a guarded function receives: `query` as the pool's own, and one client for a transaction. After the
 * call's end or deadline both reject with an `AdapterError`, code `PRUNELLA_CALL_ENDED`.
 */
export interface PgHandle extends Transactional<Client> {
  query<RowArray extends unknown[] = unknown[]>(
    config: QueryArrayConfig,
    values?: readonly unknown[],
  ): Promise<QueryArrayResult<RowArray>>;
  query<Row extends QueryResultRow = QueryResultRow>(
    text: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;

  /**
   * Gives a cursor (`pg-cursor`) or a stream (`pg-query-stream`) a client of its own, until the call ends: to be
   * used with `stream` of `@prunella/guard/streams`, which reads it and ends it.
   */
  submit<Source extends Submittable>(source: Source): Promise<Source>;

  /**
   * One client for all that `work` does, given back when its promise settles. A client whose transaction is
   * still open then, or that is broken, is evicted instead, so that the server rolls back. Its `release`, which existing code may call, gives nothing
   * back; with a reason it has the client evicted at the end.
   */
  withClient<Result>(work: (client: Client) => PromiseLike<Result> | Result): Promise<Result>;
}

/** The one form of `query` that costs no promise. */
export interface CallbackQuery {
  query(
    query: string | QueryConfig,
    values: readonly unknown[] | undefined,
    callback: (error: Error | null | undefined, result: QueryResult) => void,
  ): void;
}
