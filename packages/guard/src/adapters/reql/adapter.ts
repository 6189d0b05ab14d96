import type { OwningAdapter } from '../../attach.ts';
import { AdapterError } from '../adapter-error.ts';
import { classifier } from '../classification/classify.ts';
import { untilAborted } from '../until-aborted.ts';
import { ReqlLease, type Track } from './lease.ts';
import type { Place, ReqlConnection } from './place.ts';
import { reqlRows } from './rows.ts';

export interface ReqlParts<Connection extends ReqlConnection, Handle> {
  readonly driver: string;
  readonly place: Place<Connection>;
  /**
   * The handle of one call; `connection` throws where it is lost, `ready` is what a query waits for first:
   * undefined but while the first connection is being opened.
   */
  handleOf(track: Track, connection: () => Connection, ready: () => Promise<void> | undefined): Handle;
  ping(connection: Connection): PromiseLike<unknown>;
}

/** An adapter over one connection, borrowed or owned, of either driver. */
export function reqlAdapter<Connection extends ReqlConnection, Handle>(
  parts: ReqlParts<Connection, Handle>,
): OwningAdapter<Handle> {
  const { place } = parts;
  const watcher = watchConnection(place);
  let flight: Promise<void> | undefined;
  let unanswered = false;
  let opensForTheFirstTime = place.current() === undefined;

  function connection(): Connection {
    const current = place.current();
    if (current?.open !== true) throw notConnected(watcher.lastError());
    return current;
  }

  async function reopen(): Promise<void> {
    try {
      await watcher.quietly(() => place.reopen());
      unanswered = false;
    } finally {
      flight = undefined;
      opensForTheFirstTime = false;
    }
  }

  /** A call at the start of an application waits for the connection, within its deadline, and is no fault. */
  function ready(): Promise<void> | undefined {
    if (!opensForTheFirstTime) return undefined;
    flight ??= reopen();
    return flight.catch(() => {});
  }

  return {
    driver: parts.driver,
    classify: classifier(reqlRows),
    lease: () => new ReqlLease((track) => parts.handleOf(track, connection, ready)),
    async ping(signal) {
      signal.throwIfAborted();
      const asked = connection();
      unanswered = true;
      await untilAborted(Promise.resolve(parts.ping(asked)), signal).finally(() => {
        if (!signal.aborted) unanswered = false;
      });
    },
    async reconnect(signal) {
      // A connection can be open and dead: neither driver notices a server that answers no more.
      if (place.current()?.open === true && !unanswered) return;
      flight ??= reopen();
      await untilAborted(flight, signal);
    },
    watch: watcher.watch,
    async close() {
      watcher.stop();
      await place.close?.();
    },
  };
}

/** Follows the connection, also over its replacement; tells of each loss once, though the drivers do so twice. */
function watchConnection<Connection extends ReqlConnection>(place: Place<Connection>) {
  const listeners = new Set<(error: unknown) => void>();
  let followed: Connection | undefined;
  let lastError: unknown;
  let quiet = false;
  let told = false;

  function tell(error: unknown): void {
    lastError = error;
    if (quiet || told) return;
    told = true;
    for (const listener of listeners) listener(error);
  }

  const onError = (error: unknown): void => tell(error);
  const onClose = (): void => tell(lastError ?? notConnected(undefined));
  /** Also where the application has brought it back. */
  const onConnect = (): void => {
    lastError = undefined;
    told = false;
  };

  function follow(connection: Connection | undefined): void {
    if (followed === connection) return;
    followed?.removeListener('error', onError);
    followed?.removeListener('close', onClose);
    followed?.removeListener('connect', onConnect);
    connection?.on('error', onError);
    connection?.on('close', onClose);
    connection?.on('connect', onConnect);
    followed = connection;
  }

  return {
    lastError: () => lastError,
    watch(onFault: (error: unknown) => void): () => void {
      const listener = (error: unknown): void => onFault(error);
      listeners.add(listener);
      follow(place.current());
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) follow(undefined);
      };
    },
    /** What the drivers say while a connection is being replaced is known from its outcome. */
    async quietly(reopen: () => Promise<void>): Promise<void> {
      // The classic driver emits `error` besides rejecting; without a listener that ends the process.
      const before = place.current();
      before?.on('error', ignore);
      quiet = true;
      try {
        await reopen();
        lastError = undefined;
        told = false;
        if (listeners.size > 0) follow(place.current());
      } catch (error) {
        lastError = error;
        throw error;
      } finally {
        quiet = false;
        before?.removeListener('error', ignore);
      }
    },
    stop(): void {
      quiet = true;
      follow(undefined);
    },
  };
}

function ignore(): void {}

function notConnected(cause: unknown): AdapterError {
  return new AdapterError(
    'PRUNELLA_NOT_CONNECTED',
    'the connection to RethinkDB is lost and not back yet; nothing was sent',
    cause,
  );
}
