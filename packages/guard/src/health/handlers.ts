import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HealthOptions, health } from './health.ts';

/** The part of a Fastify reply that is needed here. */
export interface HealthReply {
  code(status: number): HealthReply;
  header(name: string, value: string): HealthReply;
  send(body: string): unknown;
}

const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

/** For `node:http`, and for Express: `app.get('/health', nodeHealth())`. */
export function nodeHealth(
  options?: HealthOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = answerer(options);
  return (request, response) => {
    const { status, body } = answer();
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

/** For Fastify: `app.get('/health', fastifyHealth())`. */
export function fastifyHealth(options?: HealthOptions): (request: unknown, reply: HealthReply) => unknown {
  const answer = answerer(options);
  return (_request, reply) => {
    const { status, body } = answer();
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    return reply.code(status).send(body);
  };
}

/** For Hono, and for whatever else answers with a `Response`: `app.get('/health', honoHealth())`. */
export function honoHealth(options?: HealthOptions): () => Response {
  const answer = answerer(options);
  return () => {
    const { status, body } = answer();
    return new Response(body, { status, headers });
  };
}

function answerer(options: HealthOptions | undefined): () => { status: number; body: string } {
  const look = health(options);
  return () => {
    const now = look();
    return { status: now.status === 'down' ? 503 : 200, body: JSON.stringify(now) };
  };
}
