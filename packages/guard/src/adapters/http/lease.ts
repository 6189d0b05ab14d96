import type { Lease } from '../../adapter.ts';
import { callEnded } from '../adapter-error.ts';
import { PendingAnswers } from '../pending-answers.ts';
import { type Fetch, type HttpHandle, type RequestFacts, requestFacts } from './fetch.ts';
import { HttpStatusError } from './status-error.ts';

export interface HttpParts {
  readonly fetch: Fetch;
  isAnswer(status: number): boolean;
  /** Errors of requests that ordered nothing, so that their outcome is known. */
  readonly harmless: WeakSet<object>;
}

/** They read a whole body; the call is at the service until they settle. */
const bodyReaders = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** One call: any number of requests, all aborted when the deadline is missed, none outliving the call. */
export class HttpLease implements Lease<HttpHandle> {
  readonly handle: HttpHandle;
  readonly #parts: HttpParts;
  #abort: AbortController | undefined;
  #letGo: (() => void)[] = [];
  #running = 0;
  #streams: Response[] = [];
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForNothing = false;
  #ordered = false;
  readonly #answers = new PendingAnswers();

  constructor(parts: HttpParts) {
    this.#parts = parts;
    this.handle = { fetch: (input, init) => this.#answers.follow(() => this.#fetch(input, init)) };
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForNothing = this.waitsForOwnPool();
    this.#state = 'abandoned';
    this.#answers.abandon();
    this.#release(true);
  }

  /** Nothing waits for a free connection that could be seen; but a call may wait for nothing at the service. */
  waitsForOwnPool(): boolean {
    if (this.#state === 'abandoned') return this.#waitedForNothing;
    return this.#running === 0 && !this.#streams.some(({ body }) => body?.locked === true);
  }

  mayHaveSent(): boolean {
    return this.#ordered;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
    this.#release(false);
  }

  async #fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (this.#state !== 'running') throw callEnded(this.#state === 'abandoned');
    const facts = requestFacts(input, init);
    const signal = this.#signalWith(init?.signal ?? (input instanceof Request ? input.signal : undefined));
    this.#ordered ||= facts.isOrder;
    const { fetch, isAnswer } = this.#parts;
    const response = await this.#during(facts, () => fetch(input, { ...init, signal }));
    if (this.#state !== 'running') {
      // A fetch that ignores its signal: its answer would hold a connection until somebody read it.
      release(response);
      throw callEnded(this.#state === 'abandoned');
    }
    if (response.body !== null) this.#follow(response, facts);
    if (!isAnswer(response.status)) throw this.#known(new HttpStatusError(response, facts), facts);
    return response;
  }

  /** Its readers, and those of its copies, count as the call's own work, and their errors as the request's. */
  #follow(response: Response, facts: RequestFacts): void {
    this.#streams.push(response);
    const original = response.clone;
    const clone = (): Response => {
      const copy: Response = original.call(response);
      this.#follow(copy, facts);
      return copy;
    };
    Reflect.defineProperty(response, 'clone', { value: clone, configurable: true });
    for (const reader of bodyReaders) {
      const read: unknown = Reflect.get(response, reader);
      if (typeof read !== 'function') continue;
      const work = async (): Promise<unknown> => {
        if (this.#state !== 'running') throw callEnded(this.#state === 'abandoned');
        this.#streams = this.#streams.filter((stream) => stream !== response);
        return read.call(response);
      };
      const value = () => this.#answers.follow(() => this.#during(facts, work));
      Reflect.defineProperty(response, reader, { value, configurable: true });
    }
  }

  async #during<Result>(facts: RequestFacts, work: () => Promise<Result>): Promise<Result> {
    this.#running += 1;
    try {
      return await work();
    } catch (error) {
      throw this.#known(error, facts);
    } finally {
      this.#running -= 1;
    }
  }

  #known(error: unknown, { isOrder }: RequestFacts): unknown {
    if (!isOrder && typeof error === 'object' && error !== null) this.#parts.harmless.add(error);
    return error;
  }

  #signalWith(given: AbortSignal | null | undefined): AbortSignal {
    this.#abort ??= new AbortController();
    if (given === undefined || given === null) return this.#abort.signal;
    const both = new AbortController();
    for (const signal of [given, this.#abort.signal]) {
      const onAbort = (): void => both.abort(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      this.#letGo.push(() => signal.removeEventListener('abort', onAbort));
    }
    return both.signal;
  }

  /** Aborting what has been read to its end does nothing; of the rest it gives the connection free. */
  #release(missedDeadline: boolean): void {
    this.#abort?.abort(callEnded(missedDeadline));
    this.#abort = undefined;
    for (const letGo of this.#letGo) letGo();
    this.#letGo = [];
    for (const response of this.#streams) release(response);
    this.#streams = [];
  }
}

/** Gives the connection free where nobody reads the body; how that ends is of no interest. */
export function release({ body }: Response): void {
  if (body?.locked === false) body.cancel().catch(() => {});
}
