import { attach, FaultError, type GuardOptions, OptionError } from '@prunella/guard';
import { pgClient, pgPool } from '@prunella/guard/pg';
import { transaction } from '@prunella/guard/transaction';
import {
  endPool,
  type FaultProxy,
  type LabPostgres,
  startFaultProxy,
  startPostgres,
  waitFor,
} from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { faultOf } from '../runtime/guarded.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabPostgres;
let proxy: FaultProxy;
/** Beside the proxy, to look at what came of it. */
let direct: pg.Pool;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  proxy = await startFaultProxy({ targetPort: server.port });
  direct = new pg.Pool({ connectionString: server.connectionString, max: 2 });
  await direct.query('create table accounts (name text primary key, amount int not null)');
  await direct.query('create table slow (id int)');
  await direct.query(`create function sleep() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.5); return null; end $$`);
  await direct.query(`create constraint trigger slowly after insert on slow deferrable initially deferred
    for each row execute function sleep()`);
});
afterAll(async () => {
  await direct.end();
  await proxy.stop();
  await server.stop();
});
beforeEach(async () => {
  await direct.query("truncate accounts, slow; insert into accounts values ('one', 10), ('two', 0)");
});
afterEach(async () => {
  await proxy.normal();
  await Promise.all(ends.splice(0).map((end) => end()));
});

function guardedPool(options: Partial<GuardOptions> = {}) {
  const connectionString = `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`;
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 2_000 });
  pool.on('error', () => {});
  const clock = new ManualClock();
  const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 2_000, clock, ...options });
  ends.push(async () => {
    await guard.detach();
    await endPool(pool);
  });
  return { pool, guard, clock };
}

/** The server is in the middle of it. */
async function running(statement: string): Promise<void> {
  const text =
    "select from pg_stat_activity where state = 'active' and wait_event = 'PgSleep' and query ilike $1";
  const count = async () => (await direct.query(text, [`${statement}%`])).rowCount;
  await waitFor(async () => (await count()) === 1, { what: `the server to ${statement}` });
}

async function amounts(): Promise<number[]> {
  const { rows } = await direct.query<{ amount: number }>('select amount from accounts order by name');
  return rows.map(({ amount }) => amount);
}

const take = (client: pg.Client) =>
  client.query("update accounts set amount = amount - 5 where name = 'one'");
const give = (client: pg.Client) =>
  client.query("update accounts set amount = amount + 5 where name = 'two'");

describe('a transaction over a pool', () => {
  it('makes all or nothing, on one client that goes back to the pool', async () => {
    const { guard, pool } = guardedPool();
    const moved = await transaction(guard, async (client) => {
      expectTypeOf(client).toEqualTypeOf<pg.Client>();
      await take(client);
      expect(await amounts()).toEqual([10, 0]);
      return (await give(client)).rowCount;
    });
    expect(moved).toBe(1);
    expect(await amounts()).toEqual([5, 5]);
    const failed = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        await client.query('select 1/0');
      }),
    );
    expect(failed).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    expect(await amounts()).toEqual([5, 5]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect(guard.condition).toBe('ok');
  });

  it('keeps a client that its function has released until it has ended', async () => {
    const { guard, pool } = guardedPool();
    let next: Promise<unknown> = Promise.resolve();
    const fault = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        Reflect.apply(Reflect.get(client, 'release'), client, []);
        next = pool.query("update accounts set amount = 7 where name = 'two'");
        await give(client);
        throw new Error('insufficient stock');
      }),
    );
    expect(fault.kind).toBe('caller');
    await next;
    expect(await amounts()).toEqual([10, 7]);
    expect(pool.totalCount).toBe(1);
  });

  it('is begun with the isolation that was asked for', async () => {
    const { guard } = guardedPool();
    const asked = await transaction(
      guard,
      async (client) => {
        const { rows } = await client.query(
          "select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as read_only",
        );
        return rows[0];
      },
      { isolation: 'serializable', readOnly: true },
    );
    expect(asked).toEqual({ level: 'serializable', read_only: 'on' });
  });

  it('is never tried again, not even where the server asks for it', async () => {
    const { guard } = guardedPool();
    let tries = 0;
    const fault = await faultOf(
      transaction(guard, async (client) => {
        tries += 1;
        await client.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
      }),
    );
    expect([tries, fault.outcomeUnknown]).toEqual([1, false]);
  });

  it('whose statement failed unseen says that the server rolled back', async () => {
    const { guard, pool } = guardedPool();
    const fault = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        await client.query('select 1/0').catch(() => {});
      }),
    );
    expect(fault).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    expect(fault.cause).toMatchObject({ code: 'PRUNELLA_ROLLED_BACK' });
    expect(await amounts()).toEqual([10, 0]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('is rolled back when it misses its deadline, keeps its client, and sends nothing more', async () => {
    const { guard, pool, clock } = guardedPool();
    let late: Promise<unknown> | undefined;
    const missed = faultOf(
      transaction(
        guard,
        async (client) => {
          await take(client);
          await client.query('select pg_sleep(600)').catch(() => {});
          late = give(client).catch((error: unknown) => error);
          await late;
        },
        { deadlineMs: 200 },
      ),
    );
    await running('select pg_sleep(600)');
    await clock.advance(210);
    expect(await missed).toMatchObject({
      code: 'PRUNELLA_DEADLINE',
      kind: 'timeout',
      outcomeUnknown: false,
    });
    await waitFor(() => pool.idleCount === 1, { what: 'the client to be back' });
    expect(await late).toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    expect(pool.totalCount).toBe(1);
    expect(await amounts()).toEqual([10, 0]);
    await guard.run((db) => db.query('select 1'));
  });

  it('gives COMMIT its time, however late it is', async () => {
    const { guard, clock } = guardedPool();
    const insert = (client: pg.Client) => client.query('insert into slow values (1)');
    const slow = transaction(guard, insert, { deadlineMs: 250 });
    await running('commit');
    await clock.advance(1_000);
    await slow;
    expect((await direct.query('select from slow')).rowCount).toBe(1);
  });

  it('commits and rolls back also while the breaker is open', async () => {
    const { guard } = guardedPool({
      breaker: { consecutive: 1, openForMs: 60_000 },
      reconnect: { baseMs: 60_000 },
    });
    const open = async () => {
      await faultOf(guard.run(() => Promise.reject(Object.assign(new Error('full'), { code: '53300' }))));
      expect(guard.condition).toBe('down');
    };
    await transaction(guard, async (client) => {
      await take(client);
      await open();
      await give(client);
    });
    expect(await amounts()).toEqual([5, 5]);
    expect(guard.condition).toBe('ok');
    await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        await open();
        throw new Error('changed its mind');
      }),
    );
    expect(await amounts()).toEqual([5, 5]);
  });

  it('whose COMMIT is lost says that nobody knows, and gives the client up', async () => {
    const { guard, pool } = guardedPool();
    const fault = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        await give(client);
        proxy.fault({ kind: 'reset', afterBytes: 1 }, 'to-client');
      }),
    );
    expect(fault).toMatchObject({ kind: 'unreachable', outcomeUnknown: true });
    expect(pool.totalCount).toBe(0);
    // It was made: only its answer is lost.
    expect(await amounts()).toEqual([5, 5]);
  });

  it('whose COMMIT is not answered in time says the same', async () => {
    const { guard, pool, clock } = guardedPool();
    const missed = faultOf(
      transaction(
        guard,
        async (client) => {
          await take(client);
          proxy.fault({ kind: 'black-hole' }, 'to-client');
        },
        { endDeadlineMs: 300 },
      ),
    );
    await waitFor(async () => (await amounts())[0] === 5, { what: 'COMMIT to be made' });
    // What is left of the deadline is more.
    await clock.advance(2_010);
    expect(await missed).toMatchObject({
      code: 'PRUNELLA_DEADLINE',
      kind: 'timeout',
      outcomeUnknown: true,
    });
    expect(pool.totalCount).toBe(0);
  });

  it('whose connection is lost before COMMIT was surely not made', async () => {
    const { guard, pool } = guardedPool();
    const fault = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        proxy.fault({ kind: 'reset', afterBytes: 0 });
        await give(client);
      }),
    );
    expect(fault).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
    expect(pool.totalCount).toBe(0);
    expect(await amounts()).toEqual([10, 0]);
  });

  it('whose ROLLBACK cannot be sent gives the client up, and still says why it failed', async () => {
    const { guard, pool, clock } = guardedPool();
    let failing = false;
    const failed = faultOf(
      transaction(
        guard,
        async (client) => {
          await take(client);
          proxy.fault({ kind: 'black-hole' });
          failing = true;
          throw new Error('changed its mind');
        },
        { endDeadlineMs: 300 },
      ),
    );
    await waitFor(() => failing, { what: 'the function to throw' });
    await clock.advance(310);
    expect((await failed).cause).toMatchObject({ message: 'changed its mind' });
    expect(pool.totalCount).toBe(0);
  });

  class OutOfStock extends Error {}

  it.each([
    ['an Error', () => new Error('insufficient stock')],
    ['a class without a name', () => new OutOfStock('insufficient stock')],
    ['an Error with a status', () => Object.assign(new Error('insufficient stock'), { status: 409 })],
    ['an Error with a code', () => Object.assign(new Error('insufficient stock'), { code: 'OUT_OF_STOCK' })],
    ['an object', () => ({ status: 409 })],
  ])("takes %s that its function throws for the application's own, however often", async (_, own) => {
    const { guard, pool } = guardedPool({ breaker: { consecutive: 2, openForMs: 60_000 } });
    await guard.run((db) => db.query('select 1'));
    for (const before of [take, async () => {}, take]) {
      const fault = await faultOf(
        transaction(guard, async (client) => {
          await before(client);
          throw own();
        }),
      );
      expect(fault).toMatchObject({ code: 'PRUNELLA_FAULT', kind: 'caller', outcomeUnknown: false });
    }
    expect(await amounts()).toEqual([10, 0]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect(guard.condition).toBe('ok');
  });

  it('still blames the server where its function hides what a query failed with', async () => {
    const { guard } = guardedPool();
    const internal = "do $$ begin raise exception 'broken' using errcode = 'XX000'; end $$";
    for (const hide of [
      (client: pg.Client) => client.query(internal),
      (client: pg.Client) => new Promise((resolve) => client.query(internal, resolve)),
    ]) {
      const fault = await faultOf(
        transaction(guard, async (client) => {
          await Promise.resolve(hide(client)).catch(() => {});
          throw new Error('could not save');
        }),
      );
      expect(fault).toMatchObject({ kind: 'unknown', outcomeUnknown: false });
    }
    const bare = await faultOf(transaction(guard, (client) => client.query(internal)));
    expect(bare).toMatchObject({ kind: 'unknown', outcomeUnknown: false });
  });

  it("that was begun to read takes a write for the caller's mistake, and counts it nowhere", async () => {
    const { guard } = guardedPool({ breaker: { consecutive: 1 } });
    await guard.run((db) => db.query('select 1'));
    const hidden = async (client: pg.Client) => {
      await take(client).catch(() => {});
      throw new Error('could not save');
    };
    for (const write of [take, hidden]) {
      const fault = await faultOf(transaction(guard, write, { readOnly: true }));
      expect(fault).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    }
    expect(guard.condition).toBe('ok');
    const asked = (client: pg.Client) => client.query('set transaction read only').then(() => take(client));
    expect(await faultOf(transaction(guard, asked))).toMatchObject({ kind: 'not-primary' });
  });

  it.each([
    [{ isolation: 'chaos' }, 'option isolation: given "chaos"; allowed: read committed'],
    [{ readOnly: 1 }, 'option readOnly: given 1; allowed: true or false'],
    [{ endDeadlineMs: 0 }, 'option endDeadlineMs: given 0; allowed: a number from 1 to 3600000'],
    [{ deadlineMs: -1 }, 'option deadlineMs: given -1'],
    [{ retry: 3 }, 'option retry: given "an unknown name"; allowed: isolation'],
  ])('refuses %j', (options, message) => {
    const { guard } = guardedPool();
    const call = () => Reflect.apply(transaction, undefined, [guard, () => {}, options]);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });
});

describe('a transaction on one borrowed client', () => {
  async function guardedClient() {
    const client = new pg.Client({
      connectionString: `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`,
    });
    client.on('error', () => {});
    await client.connect();
    const clock = new ManualClock();
    const guard = attach(pgClient(client), { resource: 'postgres/main', deadlineMs: 2_000, clock });
    ends.push(async () => {
      await guard.detach();
      await client.end();
    });
    return { guard, client, clock };
  }

  it('has it for itself: other calls wait for their turn', async () => {
    const { guard } = await guardedClient();
    const order: string[] = [];
    const moving = transaction(guard, async (client) => {
      await take(client);
      order.push('taken');
      await give(client);
      order.push('given');
    });
    const other = guard.run((db) => db.query('select 1')).then(() => order.push('other'));
    await Promise.all([moving, other]);
    expect(order).toEqual(['taken', 'given', 'other']);
    expect(await amounts()).toEqual([5, 5]);
  });

  it('is rolled back when it misses its deadline, and the client serves on', async () => {
    const { guard, clock } = await guardedClient();
    const missed = faultOf(
      transaction(
        guard,
        async (client) => {
          await take(client);
          await client.query('select pg_sleep(600)');
        },
        { deadlineMs: 200 },
      ),
    );
    await running('select pg_sleep(600)');
    await clock.advance(210);
    expect(await missed).toMatchObject({ kind: 'timeout', outcomeUnknown: false });
    const { rows } = await guard.run((db) => db.query("select amount from accounts where name = 'one'"));
    expect(rows).toEqual([{ amount: 10 }]);
  });

  it('tells the errors of its function from those of the server', async () => {
    const { guard } = await guardedClient();
    await guard.run((db) => db.query('select 1'));
    const own = transaction(guard, async (client) => {
      await take(client);
      throw new Error('insufficient stock');
    });
    expect(await faultOf(own)).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    const reads = transaction(guard, take, { readOnly: true });
    expect(await faultOf(reads)).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    expect(guard.condition).toBe('ok');
  });

  it('whose COMMIT is lost says that nobody knows', async () => {
    const { guard } = await guardedClient();
    const fault = await faultOf(
      transaction(guard, async (client) => {
        await take(client);
        proxy.fault({ kind: 'reset', afterBytes: 1 }, 'to-client');
      }),
    );
    expect(fault).toBeInstanceOf(FaultError);
    expect(fault.outcomeUnknown).toBe(true);
  });
});

describe('a call that its own function fails', () => {
  const own = () => Promise.reject(new Error('insufficient stock'));

  it('after a query is the caller, and counts nowhere', async () => {
    const { guard, pool } = guardedPool({ breaker: { consecutive: 1 } });
    await guard.run((db) => db.query('select 1'));
    const fault = await faultOf(guard.run((db) => db.query('select 1').then(own)));
    expect(fault).toMatchObject({ kind: 'caller', outcomeUnknown: false });
    expect([guard.condition, pool.idleCount]).toEqual(['ok', 1]);
  });

  it('is unknown where it hides a failure, or where the guard does not see what it asked', async () => {
    const { guard } = guardedPool();
    const internal = "do $$ begin raise exception 'broken' using errcode = 'XX000'; end $$";
    const hiding = await faultOf(guard.run((db) => db.query(internal).catch(own)));
    const elsewhere = await faultOf(guard.run(own));
    const withClient = await faultOf(guard.run((db) => db.withClient(own)));
    expect([hiding.kind, elsewhere.kind, withClient.kind]).toEqual(['unknown', 'unknown', 'unknown']);
  });
});
