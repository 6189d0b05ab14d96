import type { Adapter, Classification } from '../../adapter.ts';
import { checkMethods } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { classifier } from '../classification/classify.ts';
import { factsWithin } from '../classification/error-facts.ts';
import { untilAborted } from '../until-aborted.ts';
import type { RedisClient } from './client.ts';
import { faceOf } from './face.ts';
import { callOver, type GuardedClient, RedisLease, spaceOver } from './lease.ts';
import { followLink } from './link.ts';
import { redisRows } from './rows.ts';

const clientMethods = ['sendCommand', 'withAbortSignal', 'createPool', 'on', 'removeListener'];

/**
 * Guards a client of node-redis (`createClient` of the package `redis`) that the application owns and has connected.
 * While its connection is lost, commands fail at once instead of queueing, and what a call that missed its deadline
 * has not yet sent is taken back. A client whose `reconnectStrategy` has given up is connected again.
 *
 * Blocking commands, subscriptions and MONITOR need a client of their own, as always with node-redis. Pools, clusters
 * and sentinels of node-redis are not guarded by this. Throws an `OptionError` where this is no such client.
 */
export function redisClient<Client extends RedisClient>(client: Client): Adapter<Client> {
  if (Reflect.has(Object(client), 'offlineQueue')) {
    throw new OptionError(
      'client',
      'a client of ioredis',
      'one of node-redis; for ioredis, ioredisClient of @prunella/guard/ioredis',
    );
  }
  const wanted = 'a client of node-redis 6, createClient of the package redis,';
  checkMethods('client', client, clientMethods, wanted);
  const link = followLink(client);
  const face = faceOf(client, { call: callOver, space: spaceOver });
  const guarded: GuardedClient<Client> = { client, face, refusal: link.refusal, blockers: new Set() };
  const classify = classifier(redisRows);

  return {
    driver: 'redis',
    classify: (error) => withPartDone(error, classify(error)),
    lease: () => new RedisLease(guarded),
    async ping(signal) {
      signal.throwIfAborted();
      const refusal = link.refusal();
      if (refusal !== undefined) throw refusal;
      await untilAborted(client.withAbortSignal(signal).ping(), signal);
    },
    reconnect: link.reconnect,
    watch: link.watch,
  };
}

/** One command of a transaction or pipeline failed; the others were carried out. */
function withPartDone(error: unknown, classification: Classification): Classification {
  const [outermost] = factsWithin(error);
  const isPart = outermost !== undefined && /^\d+ commands failed, see \.replies/.test(outermost.text ?? '');
  return isPart ? { ...classification, outcomeUnknown: true } : classification;
}
