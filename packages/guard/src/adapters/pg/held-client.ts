import { setImmediate as afterThisTurn } from 'node:timers/promises';
import type { Client, PoolClient } from 'pg';
import { type Core, toError } from '../../runtime/core.ts';
import { AdapterError } from '../adapter-error.ts';
import { destroy } from './destroy.ts';
import { faceOf, isCallback, isSubmittable } from './face.ts';

type Judging = Pick<Core<unknown>, 'classify' | 'fault'>;

/** A client from its checkout to its release, of which the guard is told at the end what went wrong with it. */
export class HeldClient {
  /** Settles at the release: rejects with the first error of its queries, for the guard to judge. */
  readonly released: Promise<void>;
  readonly #core: Judging;
  #release: (error: unknown) => void = () => {};
  #firstError: unknown;
  #ended: { readonly error: unknown } | undefined;
  #wasReleased = false;

  constructor(core: Judging) {
    this.#core = core;
    this.released = new Promise((resolve, reject) => {
      this.#release = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.released.catch(() => {});
  }

  /** The guarded call has ended without it, for instance at its deadline. */
  endedWith(error: unknown): void {
    this.#ended = { error };
  }

  faceOf(client: Client): PoolClient {
    const release = (reason?: Error | boolean): void => {
      if (this.#wasReleased) throw alreadyReleased('is released a second time: release it once');
      this.#wasReleased = true;
      if (reason) destroy(client);
      this.#release(reason instanceof Error ? reason : this.#firstError);
    };
    const query = (...given: unknown[]): unknown => this.#query(client, given);
    return asPoolClient(faceOf(client, { query, release }));
  }

  #query(client: Client, given: readonly unknown[]): unknown {
    const ask = (args: readonly unknown[]): unknown => Reflect.apply(client.query, client, args);
    const refused = this.#wasReleased ? alreadyReleased('is used after it: check another one out') : null;
    if (isSubmittable(given[0])) {
      if (refused !== null) throw refused;
      return ask(given);
    }
    const last = given.at(-1);
    const callback = isCallback(last) ? last : undefined;
    const args = callback === undefined ? given : given.slice(0, -1);
    const answer =
      refused === null ? this.#told(Promise.resolve(ask(args))) : Promise.reject<unknown>(refused);
    if (callback === undefined) return answer;
    answer.then((result) => callback(undefined, result), callback);
    return undefined;
  }

  /** Where the deadline took the client away, the deadline's fault says more than the driver's error. */
  async #told(answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      this.#firstError ??= error;
      const classification = this.#core.classify(error);
      if (classification.kind === 'caller') throw error;
      await afterThisTurn();
      throw this.#ended === undefined ? toError(this.#core.fault(error, classification)) : this.#ended.error;
    }
  }
}

/** The client may serve somebody else by now. */
function alreadyReleased(what: string): AdapterError {
  return new AdapterError('PRUNELLA_CALL_ENDED', `a client that was released to its pool ${what}`);
}

/** It is one: `release` is there now. */
function asPoolClient(client: Client): PoolClient {
  return client as PoolClient;
}
