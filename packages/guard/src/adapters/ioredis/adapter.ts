import type { Adapter } from '../../adapter.ts';
import { checkMethods } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { AdapterError } from '../adapter-error.ts';
import { classifier } from '../classification/classify.ts';
import { untilAborted } from '../until-aborted.ts';
import type { IoredisClient } from './client.ts';
import { faceOf } from './face.ts';
import { type GuardedClient, IoredisLease } from './lease.ts';
import { takeBack } from './queues.ts';
import { ioredisRows } from './rows.ts';

/**
 * Guards a client of ioredis (`Redis` or `Cluster`) that the application owns. While its connection is lost,
 * commands fail at once instead of queueing, and what a call that missed its deadline has not yet sent, or would
 * send again, is taken back. With `enableAutoPipelining` commands are not a call's own, and stay in ioredis' hands.
 *
 * A pipeline answers with an error for each command: one that failed does not fail the call by itself. Blocking
 * commands and subscriptions need a client of their own, as always with ioredis. Throws an `OptionError` where
 * this is no such client.
 */
export function ioredisClient<Client extends IoredisClient>(client: Client): Adapter<Client> {
  checkMethods('client', client, ['sendCommand', 'ping', 'disconnect', 'on', 'removeListener']);
  if ('withAbortSignal' in client) {
    throw new OptionError(
      'client',
      'a client of node-redis',
      'one of ioredis; for node-redis, redisClient of @prunella/guard/redis',
    );
  }
  const link = followLink(client);
  const unwanted = new WeakSet<object>();
  const guarded: GuardedClient<Client> = { client, face: faceOf(client), refusal: link.refusal, unwanted };
  const sharesPipelines =
    Reflect.get(Object(Reflect.get(client, 'options')), 'enableAutoPipelining') === true;
  const untracked = {
    handle: client,
    abandon: () => {},
    waitsForOwnPool: () => false,
    end: () => {},
  };
  let unanswered = false;

  return {
    driver: 'ioredis',
    classify: classifier(ioredisRows),
    lease: () => (sharesPipelines ? untracked : new IoredisLease(guarded)),
    async ping(signal) {
      signal.throwIfAborted();
      // INFO is answered while data is loaded, before ioredis calls the connection ready.
      if (client.status === 'connect') await untilAborted(askWhetherLoading(client, link), signal);
      const refusal = link.refusal();
      if (refusal !== undefined) throw refusal;
      unanswered = client.status === 'ready';
      await untilAborted(client.ping(), signal).finally(() => {
        if (!signal.aborted) unanswered = false;
      });
    },
    async reconnect(signal) {
      const refusal = link.refusal();
      if (refusal !== undefined) throw refusal;
      // ioredis reconnects by itself; only a connection that is open and dead needs to be told.
      if (!unanswered || client.status !== 'ready') return;
      unanswered = false;
      const ready = untilReady(client, signal);
      client.disconnect(true);
      await ready;
    },
    watch(onFault) {
      const stop = link.watch(onFault, () => takeBack(client, (command) => unwanted.has(command)));
      return stop;
    },
  };
}

interface Link {
  refusal(): Error | undefined;
  sawLoading(): void;
  watch(onFault: (error: unknown) => void, onClose: () => void): () => void;
}

/** Follows the one connection: whether it was lost, by which error, and whether the server is loading. */
function followLink(client: IoredisClient): Link {
  let lost = false;
  let loading = false;
  let lastError: unknown;

  function isOffline(): boolean {
    const { status } = client;
    if (status === 'ready' || status === 'wait') return false;
    return lost || status === 'close' || status === 'reconnecting' || status === 'end';
  }

  return {
    refusal() {
      if (!isOffline()) return undefined;
      if (loading && client.status === 'connect') return stillLoading();
      return new AdapterError('PRUNELLA_NOT_CONNECTED', notConnected(client.status), lastError);
    },
    sawLoading() {
      loading = true;
      lost = true;
    },
    watch(onFault, onClose) {
      const onReady = (): void => {
        lost = false;
        loading = false;
        lastError = undefined;
      };
      const onError = (error: unknown): void => {
        lost = true;
        lastError = error;
        onFault(error);
      };
      const onClosed = (): void => {
        const hadError = lost;
        lost = true;
        loading = false;
        onClose();
        // Closed by the application itself, ioredis does not reconnect.
        if (!hadError && client.status === 'reconnecting') onFault(closedByServer());
      };
      client.on('ready', onReady);
      client.on('error', onError);
      client.on('close', onClosed);
      return () => {
        client.removeListener('ready', onReady);
        client.removeListener('error', onError);
        client.removeListener('close', onClosed);
        lost = false;
      };
    },
  };
}

async function askWhetherLoading(client: IoredisClient, link: Link): Promise<void> {
  const answer = await client.info('persistence');
  if (typeof answer !== 'string' || !/^loading:1/m.test(answer)) return;
  link.sawLoading();
  throw stillLoading();
}

function untilReady(client: IoredisClient, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    const onReady = (): void => resolve();
    const onError = (error: unknown): void => reject(error);
    const onEnd = (): void => reject(new AdapterError('PRUNELLA_NOT_CONNECTED', notConnected('end')));
    client.on('ready', onReady);
    client.on('error', onError);
    client.on('end', onEnd);
    stop = () => {
      client.removeListener('ready', onReady);
      client.removeListener('error', onError);
      client.removeListener('end', onEnd);
    };
  });
  return untilAborted(ready, signal).finally(() => stop());
}

function notConnected(status: string): string {
  return status === 'end'
    ? 'the connection to Redis has ended: retryStrategy gave up or the application disconnected; call connect()'
    : `the connection to Redis is lost and not back yet (ioredis: ${status}); nothing was sent`;
}

function stillLoading(): AdapterError {
  return new AdapterError('PRUNELLA_STARTING', 'Redis is loading its data; nothing was sent');
}

function closedByServer(): AdapterError {
  return new AdapterError('PRUNELLA_NOT_CONNECTED', 'Redis closed the connection');
}
