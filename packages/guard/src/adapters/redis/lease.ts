import type { Lease } from '../../adapter.ts';
import { warnOnce } from '../../warn.ts';
import { callEnded } from '../adapter-error.ts';
import { isBlocking } from './blocking.ts';
import type { RedisClient } from './client.ts';
import { takeBack } from './queue.ts';

/** What all calls over one client share. */
export interface GuardedClient<Client extends RedisClient> {
  readonly client: Client;
  /** The client as a call sees it. */
  readonly face: Client;
  /** Why nothing can be sent now; undefined where it can. */
  refusal(): Error | undefined;
  /** The calls whose blocking command is on its way. */
  readonly blockers: Set<object>;
}

type Method = (...args: unknown[]) => unknown;

interface Pending {
  readonly promise: Promise<unknown>;
  reject(error: Error): void;
}

const heldUp =
  'a blocking command (BLPOP, XREAD BLOCK and the like) holds up the commands of other calls on the same client of' +
  ' node-redis: give it a client of its own, with `blocking` of @prunella/guard/subscriptions';

/** They make something whose commands are looked at when they are sent. */
const sendsNothing = /^(multi|MULTI|asap|with[A-Z].*)$/;

/** Under which a handle keeps whose call it is, and which carrier its commands go over. */
const placeKey = Symbol('prunella.redis.place');

interface Place {
  readonly lease: RedisLease<RedisClient>;
  /** Undefined: the call's first one. */
  readonly carrier: object | undefined;
}

export function callOver(handle: object, name: string, method: Method, args: unknown[]): unknown {
  const place: Place | undefined = Reflect.get(handle, placeKey);
  return place === undefined
    ? method.apply(handle, args)
    : place.lease.call(handle, name, method, args, place.carrier);
}

/** The commands of one module of the client, each by way of the call. */
export function spaceOver(handle: object, name: string): unknown {
  const place: Place | undefined = Reflect.get(handle, placeKey);
  return place?.lease.space(name, place.carrier);
}

/**
 * One call over the shared connection. Its commands go over a carrier, which is what node-redis'
 * `withAbortSignal` gives: at a missed deadline what is still queued is taken back by that signal.
 */
export class RedisLease<Client extends RedisClient> implements Lease<Client> {
  readonly handle: Client;
  readonly #guarded: GuardedClient<Client>;
  readonly #pending = new Set<Pending>();
  readonly #chains = new Set<unknown>();
  #aborts: AbortController[] = [];
  #letGo: (() => void)[] = [];
  #carrier: object | undefined;
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForNothing = false;
  #sent = false;

  constructor(guarded: GuardedClient<Client>) {
    this.#guarded = guarded;
    this.handle = this.#handleOver(undefined);
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForNothing = this.waitsForOwnPool();
    this.#state = 'abandoned';
    const error = callEnded(true);
    for (const abort of this.#aborts) abort.abort(error);
    if (this.#chains.size > 0) takeBack(this.#guarded.client, this.#chains, error);
    for (const { promise, reject } of this.#pending) {
      promise.catch(() => {});
      reject(error);
    }
    this.#forget();
  }

  /** The connection is shared by all, so nothing waits for a client; but a call may wait for nothing at all. */
  waitsForOwnPool(): boolean {
    return this.#state === 'abandoned' ? this.#waitedForNothing : this.#pending.size === 0;
  }

  mayHaveSent(): boolean {
    return this.#sent;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
    this.#forget();
  }

  call(handle: object, name: string, method: Method, args: unknown[], carrier?: object): unknown {
    // These page through commands of their own.
    if (name.endsWith('Iterator')) return method.apply(handle, args);
    const refusal = sendsNothing.test(name) ? undefined : this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const over = carrier ?? this.#main();
    if (name === 'multi' || name === 'MULTI') this.#followChains(over);
    const result = method.apply(over, args);
    if (result instanceof Promise) return this.#track(this.#alone(name, args, result));
    return isClientLike(result) ? this.#handleOver(this.#withOwnSignal(result)) : result;
  }

  space(name: string, carrier?: object): object {
    const commands: unknown = Reflect.get(carrier ?? this.#main(), name);
    const space: Record<string, Method> = {};
    for (const command in Object(commands)) {
      const method: unknown = Reflect.get(Object(commands), command);
      if (typeof method !== 'function') continue;
      space[command] = (...args) => {
        const refusal = this.#refusal();
        return refusal === undefined
          ? this.#track(Promise.resolve(method.apply(commands, args)))
          : Promise.reject(refusal);
      };
    }
    return space;
  }

  #refusal(): Error | undefined {
    return this.#state === 'running' ? this.#guarded.refusal() : callEnded(this.#state === 'abandoned');
  }

  /** Tells of commands that wait behind another call's blocking one: they miss their deadlines without a fault. */
  #alone(name: string, args: readonly unknown[], answer: Promise<unknown>): Promise<unknown> {
    const { blockers } = this.#guarded;
    if (blockers.size > (blockers.has(this) ? 1 : 0)) warnOnce(heldUp, 'redis blocking');
    if (!isBlocking(name, args)) return answer;
    blockers.add(this);
    return answer.finally(() => blockers.delete(this));
  }

  #track(answer: PromiseLike<unknown>): Promise<unknown> {
    this.#sent = true;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const pending = { promise, reject };
    this.#pending.add(pending);
    answer.then(
      (value) => {
        this.#pending.delete(pending);
        resolve(value);
      },
      (error: unknown) => {
        this.#pending.delete(pending);
        reject(error);
      },
    );
    return promise;
  }

  #main(): object {
    this.#carrier ??= this.#guarded.client.withAbortSignal(this.#newAbort().signal);
    return this.#carrier;
  }

  #newAbort(): AbortController {
    const abort = new AbortController();
    this.#aborts.push(abort);
    return abort;
  }

  #handleOver(carrier: object | undefined): Client {
    const handle: Client = Object.create(this.#guarded.face);
    Reflect.set(handle, placeKey, { lease: this, carrier });
    return handle;
  }

  /** Transactions and pipelines have no abort signal; they are known by the argument lists given here. */
  #followChains(carrier: object): void {
    for (const name of ['_executeMulti', '_executePipeline']) {
      const execute: unknown = Reflect.get(carrier, name);
      if (typeof execute !== 'function' || Object.hasOwn(carrier, name)) continue;
      const value = (commands: readonly { args: unknown }[], ...rest: unknown[]) => {
        const refusal = this.#refusal();
        if (refusal !== undefined) return Promise.reject(refusal);
        for (const { args } of commands) this.#chains.add(args);
        return this.#track(execute.call(carrier, commands, ...rest)).finally(() => {
          for (const { args } of commands) this.#chains.delete(args);
        });
      };
      Reflect.defineProperty(carrier, name, { value });
    }
  }

  /** Of a client with other options, such as `withTypeMapping`: a signal of the user's aborts besides the call's. */
  #withOwnSignal(client: Pick<RedisClient, 'withAbortSignal'>): object {
    const given: unknown = Reflect.get(Object(Reflect.get(client, '_commandOptions')), 'abortSignal');
    const abort = this.#newAbort();
    if (given instanceof AbortSignal && !this.#aborts.some(({ signal }) => signal === given)) {
      const onAbort = (): void => abort.abort(given.reason);
      if (given.aborted) onAbort();
      else given.addEventListener('abort', onAbort, { once: true });
      this.#letGo.push(() => given.removeEventListener('abort', onAbort));
    }
    return client.withAbortSignal(abort.signal);
  }

  #forget(): void {
    for (const letGo of this.#letGo) letGo();
    this.#letGo = [];
    this.#aborts = [];
    this.#chains.clear();
    this.#pending.clear();
  }
}

function isClientLike(value: unknown): value is Pick<RedisClient, 'withAbortSignal'> {
  return typeof value === 'object' && value !== null && 'withAbortSignal' in value && '_self' in value;
}
