import type { Client } from 'pg';
import type { Adapter } from '../../adapter.ts';
import { checkMethods, checkNumber, checkObject } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { untilAborted } from '../until-aborted.ts';
import { ClientLease } from './client-lease.ts';
import type { PgHandle } from './handle.ts';
import { classify } from './own-errors.ts';
import { Turns } from './turns.ts';

export interface PgClientOptions {
  /** How many queries may wait for their turn; one more is refused, kind `local`. 1 to 1,000,000. Default 10,000. */
  readonly maximumWaiting?: number;
}

/**
 * Guards one client of node-postgres that the application owns and has connected. Guarded queries take turns; one
 * that misses its deadline is cancelled at the server. node-postgres cannot bring a lost client back: give a
 * function that returns the client to use now, and replace it there.
 */
export function pgClient(client: Client | (() => Client), options: PgClientOptions = {}): Adapter<PgHandle> {
  if (typeof client !== 'function') {
    const wanted =
      'a client of node-postgres 8.11 or later, new pg.Client(…), or a function that returns it;';
    checkMethods('client', client, ['query', 'end', 'on', 'removeListener'], wanted);
  }
  if ('totalCount' in client) {
    throw new OptionError(
      'client',
      'a pool',
      'a client of pg, new pg.Client(…), or a function that returns it; for a pool, pgPool',
    );
  }
  checkObject('pgClient', options, ['maximumWaiting']);
  const maximumWaiting = checkNumber('maximumWaiting', options.maximumWaiting ?? 10_000, 1, 1_000_000, true);
  const current = typeof client === 'function' ? client : () => client;
  const turnsByClient = new WeakMap<Client, Turns>();
  const watchers = new Set<(error: unknown) => void>();
  const onError = (error: unknown): void => {
    for (const tell of watchers) tell(error);
  };
  let watched: Client | undefined;

  function follow(next: Client | undefined): void {
    if (watched === next) return;
    watched?.removeListener('error', onError);
    next?.on('error', onError);
    watched = next;
  }

  function lease(): ClientLease {
    const now = current();
    if (watchers.size > 0) follow(now);
    let turns = turnsByClient.get(now);
    if (turns === undefined) {
      turns = new Turns();
      turnsByClient.set(now, turns);
    }
    return new ClientLease(now, turns, maximumWaiting);
  }

  return {
    driver: 'pg',
    classify,
    lease,
    async ping(signal) {
      const asking = lease();
      try {
        await untilAborted(asking.query('SELECT 1'), signal);
      } finally {
        if (signal.aborted) asking.abandon();
        asking.end();
      }
    },
    watch(onFault) {
      const tell = (error: unknown): void => onFault(error);
      watchers.add(tell);
      follow(current());
      return () => {
        watchers.delete(tell);
        if (watchers.size === 0) follow(undefined);
      };
    },
  };
}
