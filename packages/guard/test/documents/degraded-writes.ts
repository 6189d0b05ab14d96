// What docs/degraded-writes.md shows, as a program.
import { attach } from '@prunella/guard';
// #region imports
import { openJournal } from '@prunella/guard/journal';
import { type PgHandle, pgPool } from '@prunella/guard/pg';
import { type DefinedWrites, degradedWrites } from '@prunella/guard/writes';
// #endregion
import pg from 'pg';

const guardOptions = {
  resource: 'postgres/main',
  deadlineMs: 2_000,
  reconnect: { baseMs: 50, capMs: 500 },
};

interface Order {
  readonly article: string;
  readonly amount: number;
}

/** The writes that the document's first part shows, put on what it is given. */
function orderWrites(writes: DefinedWrites<PgHandle>) {
  // #region define
  const recordOrder = writes.define<Order, void, { sold: number }>('record order', {
    apply: async (db, { payload, idempotencyKey }) => {
      // The key lets a write that is made again, after an unknown outcome, count once.
      await db.query('insert into orders (id, article, amount) values ($1, $2, $3) on conflict do nothing', [
        idempotencyKey,
        payload.article,
        payload.amount,
      ]);
    },
    applyToCached: (cached, { amount }) => ({ sold: (cached?.sold ?? 0) + amount }),
  });
  // #endregion

  // #region write
  async function order(id: string, article: string, amount: number) {
    const answer = await recordOrder({
      key: `sold:${article}`,
      payload: { article, amount },
      idempotencyKey: id,
    });
    if (answer.pending) console.warn(`${id} waits with ${answer.waiting - 1} more: ${answer.reason.message}`);
    return answer.pending;
  }
  // #endregion
  return { order };
}

export function inMemory(connectionString: string) {
  const pool = new pg.Pool({ connectionString });
  pool.on('error', () => {});
  const database = attach(pgPool(pool), guardOptions);
  // #region memory
  const writes = degradedWrites(database, { maximumCount: 1_000 });
  // #endregion
  return { pool, database, ...orderWrites(writes), writes };
}

export async function inJournal(connectionString: string, file: string) {
  const pool = new pg.Pool({ connectionString });
  pool.on('error', () => {});
  const database = attach(pgPool(pool), guardOptions);
  // #region journal
  const journal = await openJournal({ file, maximumEntries: 50_000 });
  const writes = journal.writesFor(database);
  // #endregion

  // #region inspect
  function retryAllSetAside() {
    for (const { id, key, fault } of journal.list({ state: 'poison', limit: 1_000 })) {
      console.warn(`${key}: ${fault.message}`);
      journal.retry(id);
    }
  }
  // #endregion

  // #region end
  async function end() {
    await database.detach();
    await journal.close();
    await pool.end();
  }
  // #endregion
  return { pool, database, journal, ...orderWrites(writes), writes, retryAllSetAside, end };
}
