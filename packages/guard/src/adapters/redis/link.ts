import { AdapterError } from '../adapter-error.ts';
import { untilAborted } from '../until-aborted.ts';
import type { RedisClient } from './client.ts';

/** The one connection of a client: whether it was lost, by which error, and whether node-redis gave up on it. */
export interface Link {
  /** Why nothing can be sent now; undefined where it can, or where the first connection is still hoped for. */
  refusal(): Error | undefined;
  /** Connects again where node-redis has given up; else it does so by itself. */
  reconnect(signal: AbortSignal): Promise<void>;
  watch(onFault: (error: unknown) => void): () => void;
}

export function followLink(client: RedisClient): Link {
  let lost = false;
  let gaveUp = false;
  let lastError: unknown;

  function refusal(): Error | undefined {
    if (client.isReady || !(gaveUp || (client.isOpen && (lost || hasStood(client))))) return undefined;
    return new AdapterError('PRUNELLA_NOT_CONNECTED', notConnected(gaveUp), lastError);
  }

  return {
    refusal,
    async reconnect(signal) {
      signal.throwIfAborted();
      if (client.isReady) return;
      if (!gaveUp || client.isOpen) {
        const reason = refusal();
        if (reason !== undefined) throw reason;
        return;
      }
      await untilAborted(client.connect(), signal);
    },
    watch(onFault) {
      const onReady = (): void => {
        lost = false;
        gaveUp = false;
        lastError = undefined;
      };
      // Errors come while the connection stands, too: what node-redis cannot parse, a ping of its own.
      const onError = (error: unknown): void => {
        if (!client.isReady) {
          lost = true;
          lastError = error;
        }
        onFault(error);
      };
      const onTerminated = (error: unknown): void => {
        gaveUp = true;
        lastError = error;
      };
      const listeners = [
        ['ready', onReady],
        ['terminated', onTerminated],
        ['error', onError],
      ] as const;
      for (const [event, listener] of listeners) client.on(event, listener);
      return () => {
        for (const [event, listener] of listeners) stopListening(client, event, listener);
        lost = false;
        gaveUp = false;
      };
    },
  };
}

/**
 * The client is an object that inherits from the emitter. When the last kind of event loses its listener, Node gives
 * the inheriting object a list of its own, and whatever is listened for later is never heard. So the last kind keeps
 * one that does nothing.
 */
function stopListening(client: RedisClient, event: string, listener: (argument: unknown) => void): void {
  if (client.eventNames().length < 2 && client.listenerCount(event) < 2) client.on(event, ignore);
  client.removeListener(event, listener);
}

/** Told also where nobody watches: how often node-redis was connected. */
function hasStood(client: RedisClient): boolean {
  return Number(Reflect.get(client, 'socketEpoch')) > 0;
}

function ignore(): void {}

function notConnected(gaveUp: boolean): string {
  return gaveUp
    ? 'the connection to Redis has ended: reconnectStrategy gave up; nothing was sent'
    : 'the connection to Redis is lost and not back yet; nothing was sent';
}
