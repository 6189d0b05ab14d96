import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoppingError } from '../engine/commit-loop.ts';
import type { KeyedAnswer, KeyedAnswers } from '../store/keyed-answers.ts';
import { StoreError } from '../store/store-error.ts';
import type { Caller } from './access.ts';
import { type ProblemName, problemOf, RequestProblem } from './problem.ts';
import type { RouteDeclaration } from './route.ts';

const idempotencyHeader = 'idempotency-key';

/** As in the draft a text in quotation marks, or without them. */
export const idempotencyKeyPattern =
  /^(?:"([\u0020\u0021\u0023-\u007e]{1,255})"|([\u0021\u0023-\u007e]{1,255}))$/;

type Recorded =
  | { readonly body: unknown }
  | { readonly problem: ProblemName; readonly detail: string; readonly field?: string };

/** What people order: a second time it may mean something else, such as a pause that was lifted meanwhile. */
export function takesKey({ method, role }: RouteDeclaration): boolean {
  return method === 'POST' && role === 'operator';
}

/**
 * Requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): carried out once, whoever repeats
 * one is told what was answered. The beginning is on disk before anything is done, so that after a crash nobody
 * takes a request for new that may have been carried out.
 */
export class KeyedRequests {
  readonly #answers: KeyedAnswers;
  readonly #now: () => number;
  readonly #onFailure: (error: unknown) => void;
  readonly #underWay = new Set<string>();

  /** `onFailure`: told of what could not be kept. */
  constructor(answers: KeyedAnswers, now: () => number, onFailure: (error: unknown) => void) {
    this.#answers = answers;
    this.#now = now;
    this.#onFailure = onFailure;
  }

  once<Answer>(
    declaration: RouteDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
    asked: Readonly<Record<string, unknown>>,
    work: () => Answer | Promise<Answer>,
  ): unknown {
    const given = takesKey(declaration) ? request.headers[idempotencyHeader] : undefined;
    if (given === undefined) return work();
    return this.#onceFor(given, declaration, request, reply, asked, work);
  }

  async #onceFor<Answer>(
    given: string | readonly string[],
    declaration: RouteDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
    asked: Readonly<Record<string, unknown>>,
    work: () => Answer | Promise<Answer>,
  ): Promise<unknown> {
    const key = hash([senderOf(request.caller), keyIn(given)]);
    const fingerprint = hash([declaration.id, asked]);
    const found = this.#answers.find(key);
    if (found !== null) {
      if (found.fingerprint !== fingerprint) throw reused();
      if (this.#underWay.has(key)) throw inProgress();
      if (found.answer === null) throw inDoubt();
      reply.header('idempotency-replayed', 'true');
      return replay(JSON.parse(found.answer));
    }
    return this.#carryOut({ key, at: this.#now(), fingerprint }, work);
  }

  async #carryOut<Answer>(
    begun: Omit<KeyedAnswer, 'answer'>,
    work: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const { key } = begun;
    this.#answers.put({ ...begun, answer: null });
    this.#underWay.add(key);
    try {
      const body = await work();
      this.#quietly(() => this.#keep(begun, { body }));
      return body;
    } catch (error) {
      if (error instanceof RequestProblem && isFinal(error)) {
        this.#quietly(() => this.#keep(begun, recordOf(error)));
      } else if (saysNothingWasDone(error)) {
        // The same request may be sent again, under the same key.
        this.#quietly(() => this.#answers.drop(key));
      }
      throw error;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #keep(begun: Omit<KeyedAnswer, 'answer'>, recorded: Recorded): void {
    this.#answers.put({ ...begun, answer: JSON.stringify(recorded) });
  }

  /** What was ordered is done, and is answered as that; whoever repeats it is told that this is in doubt. */
  #quietly(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

function saysNothingWasDone(error: unknown): boolean {
  return error instanceof RequestProblem || error instanceof StoreError || error instanceof StoppingError;
}

function keyIn(header: string | readonly string[]): string {
  const match = typeof header === 'string' ? idempotencyKeyPattern.exec(header.trim()) : null;
  const key = match?.[1] ?? match?.[2];
  if (key !== undefined) return key;
  throw new RequestProblem(
    'malformed',
    'Idempotency-Key: expected one text of 1 to 255 printable ASCII characters, such as a UUID',
    'Idempotency-Key',
  );
}

function isFinal({ code }: RequestProblem): boolean {
  const { status } = problemOf(code);
  return status !== 429 && status < 500;
}

function recordOf({ code, message, field }: RequestProblem): Recorded {
  return { problem: code, detail: message, ...(field === undefined ? {} : { field }) };
}

function replay(recorded: Recorded): unknown {
  if ('body' in recorded) return recorded.body;
  throw new RequestProblem(recorded.problem, recorded.detail, recorded.field);
}

function reused(): RequestProblem {
  return new RequestProblem(
    'key-reused',
    'this Idempotency-Key was sent with another request in the last 24 hours: send this one with a key of its own',
    'Idempotency-Key',
  );
}

function inProgress(): RequestProblem {
  return new RequestProblem(
    'key-in-progress',
    'the request with this Idempotency-Key is being carried out: send it again in 1 s to be told what became of it',
    { field: 'Idempotency-Key', retryAfterS: 1 },
  );
}

function inDoubt(): RequestProblem {
  return new RequestProblem(
    'key-in-doubt',
    'the healer ended while it carried out the request with this Idempotency-Key, and does not know how far it came: look whether it is done (GET /v1/log tells every command), and if not, send it with a new key',
    'Idempotency-Key',
  );
}

/** A session and a rotated secret are their token's holder; whom a proxy names is somebody else of the same name. */
function senderOf(caller: Caller | null): readonly unknown[] {
  if (caller === null) return [];
  const { name, role, by } = caller;
  return [name, role, ...(by === 'token' || by === 'session' ? [] : [by])];
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** For servers without a store, such as those of tests: forgotten when the process ends. */
export function answersInMemory(): KeyedAnswers {
  const kept = new Map<string, KeyedAnswer>();
  return {
    find: (key) => kept.get(key) ?? null,
    put: (answer) => void kept.set(answer.key, answer),
    drop: (key) => void kept.delete(key),
  };
}
