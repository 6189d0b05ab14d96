import type { Pool, PoolClient } from 'pg';
import { checkMethods, checkNumber, checkObject } from '../../check.ts';
import type { Fault } from '../../fault.ts';
import type { Guard } from '../../guard.ts';
import { internalsOf } from '../../internals.ts';
import { toError } from '../../runtime/core.ts';
import { callEnded } from '../adapter-error.ts';
import { type ConnectCallback, faceOf, splitCallback } from './face.ts';
import { follow } from './followed-lease.ts';
import type { PgHandle } from './handle.ts';
import { HeldClient } from './held-client.ts';
import { poolMethods, poolWanted } from './pool-inside.ts';

export interface GuardedPoolOptions {
  /**
   * How long a client that was checked out with `connect` may be kept, for instance for an ORM's transaction: 1 to
   * 3,600,000 ms. Later its statement is cancelled and the client is evicted. Default: the guard's `deadlineMs`.
   */
  readonly clientDeadlineMs?: number;
}

type Call = <Result>(work: (handle: PgHandle) => Promise<Result>) => Promise<Result>;

/**
 * A pool with the face of the one that `guard` stands around, for ORMs and for code that takes a pool. What is
 * asked of it inside a function that the guard calls belongs to that call. Elsewhere each `query`, and each stretch
 * from `connect` to `release`, is a guarded call of its own. It rejects with the driver's own error where that is the
 * caller's doing, so that code which looks at `error.code` goes on working; else with a `FaultError`. All else, `end`
 * as well, is the pool's. Throws an `OptionError` for a wrong option.
 */
export function guardedPool(guard: Guard<PgHandle>, pool: Pool, options: GuardedPoolOptions = {}): Pool {
  const { core } = internalsOf(guard);
  checkMethods('pool', pool, poolMethods, poolWanted);
  checkObject('guardedPool', options, ['clientDeadlineMs']);
  const { clientDeadlineMs } = options;
  if (clientDeadlineMs !== undefined) checkNumber('clientDeadlineMs', clientDeadlineMs, 1, 3_600_000);
  const storage = follow(pool);

  /** Inside the call that is running, or as a call of its own. */
  async function within<Result>(own: Call, work: (handle: PgHandle) => Promise<Result>): Promise<Result> {
    const lease = storage.getStore();
    if (lease?.state === 'running') return work(lease);
    if (lease?.state === 'abandoned') throw callEnded(true);
    return own(work);
  }

  const ownCall =
    (deadlineMs?: number): Call =>
    async (work) => {
      const outcome = await guard.tryRun(work, deadlineMs === undefined ? undefined : { deadlineMs });
      if (outcome.ok) return outcome.value;
      throw errorToTell(outcome.fault);
    };
  const callForQuery = ownCall();
  const callForClient = ownCall(clientDeadlineMs);

  function query(...given: unknown[]): unknown {
    const { first, second, callback } = splitCallback(given);
    const answer = within(callForQuery, (handle) => handle.query(first, second));
    if (callback === undefined) return answer;
    answer.then((result) => callback(undefined, result), callback);
    return undefined;
  }

  function connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    const checkedOut = checkOut();
    if (callback === undefined) return checkedOut;
    checkedOut.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error) => callback(error, undefined, () => {}),
    );
    return undefined;
  }

  function checkOut(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      const held = new HeldClient(core);
      const work = (handle: PgHandle) =>
        handle.withClient((client) => {
          resolve(held.faceOf(client));
          return held.released;
        });
      within(callForClient, work).catch((error: unknown) => {
        held.endedWith(error);
        reject(error);
      });
    });
  }

  return faceOf(pool, { query, connect });
}

/** The driver's own error where it is the caller's doing. */
function errorToTell(fault: Fault): unknown {
  return fault.kind === 'caller' && fault.cause instanceof Error ? fault.cause : toError(fault);
}
