import type { FastifyInstance } from 'fastify';
import type { OpenRequests } from '../open-requests.ts';

const keepAliveMs = 15_000;

/**
 * `GET /v1/presence`: stays open, with a comment now and then, for as long as this healer lives. Another
 * process on the host learns from its end that it may take over, without asking again and again.
 */
export function presenceRoute(app: FastifyInstance, open: OpenRequests): void {
  app.get('/v1/presence', async (_request, reply) => {
    const gone = open.hold(reply);
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': present\n\n');
    const timer = setInterval(() => response.write(': present\n\n'), keepAliveMs);
    timer.unref();
    gone.addEventListener(
      'abort',
      () => {
        clearInterval(timer);
        response.destroy();
      },
      { once: true },
    );
  });
}
