import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Caller, RouteRole } from './access.ts';
import type { ShapeName, Shapes } from './openapi/shapes/index.ts';
import type { ProblemName } from './problem.ts';

/**
 * All that is to be known of a route, in one place: requests are read by it, and OpenAPI is written from it.
 * Answers are named only, since their schemas are loaded only where OpenAPI is asked for; the types hold the
 * handler to them.
 */
export interface RouteDeclaration {
  /** Stable, for generated clients: `approveAttempt`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` where a parameter stands: `/v1/attempts/:attempt/approve`. */
  readonly path: `/${string}`;
  /** What it does, as a phrase without a full stop. */
  readonly summary: string;
  /** What a caller must know besides, in Markdown. */
  readonly description?: string;
  /** Who may call it. Null: anybody, without a token. */
  readonly role: RouteRole | null;
  readonly params?: z.ZodObject;
  /** Strict: a misspelt filter must not answer with everything. */
  readonly query?: z.ZodObject;
  /** Read with lower-case names; others are left alone. */
  readonly headers?: z.ZodObject;
  /** Its handler writes to the audit; otherwise that is done for it, where people order something. */
  readonly auditsItself?: true;
  /** Left out where there is none, or where the route reads it in its own way (`readsBody`). */
  readonly body?: z.ZodType;
  /** The shape of a body that the route reads by itself, for OpenAPI only. */
  readonly readsBody?: ShapeName;
  /** Of such a body. Default: JSON. */
  readonly bodyMediaType?: 'application/x-www-form-urlencoded';
  /** It takes in what programs send: bounded together with all others of its kind, not to crowd people out. */
  readonly intake?: true;
  /** Default: that of the server. */
  readonly bodyLimitBytes?: number;
  readonly answer: RouteAnswer;
  /** What it may refuse with, beside what every route of its kind may. */
  readonly problems?: readonly ProblemName[];
}

type RouteAnswer =
  | { readonly status: 200 | 201 | 202; readonly shape: ShapeName; readonly description: string }
  | { readonly status: 204; readonly description: string }
  /** Written by the route itself, after `reply.hijack()` or as text. */
  | {
      readonly status: 200;
      readonly mediaType: 'text/event-stream' | 'text/plain' | 'application/json';
      readonly description: string;
    };

/** What a handler is given: read and checked. */
interface RouteCall<Declaration extends RouteDeclaration> {
  readonly params: Read<Declaration, 'params'>;
  readonly query: Read<Declaration, 'query'>;
  readonly headers: Read<Declaration, 'headers'>;
  readonly body: Read<Declaration, 'body'>;
  /** Null only where `role` is null. */
  readonly caller: Caller | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Read<Declaration, Part extends string> =
  Declaration extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.output<Schema> : undefined;

type RouteHandler<Declaration extends RouteDeclaration> = (
  call: RouteCall<Declaration>,
) => AnswerOf<Declaration['answer']> | Promise<AnswerOf<Declaration['answer']>>;

type AnswerOf<Answer> = Answer extends { readonly shape: infer Name extends ShapeName }
  ? Immutable<z.input<Shapes[Name]>>
  : unknown;

/** What the healer answers with is never changed by the answering. */
type Immutable<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
  : Value;

export type AddRoute = <const Declaration extends RouteDeclaration>(
  declaration: Declaration,
  handler: RouteHandler<Declaration>,
) => void;
