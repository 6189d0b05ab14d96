import type { OpenRequests } from '../open-requests.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const keepAliveMs = 15_000;

const presence = {
  id: 'awaitEnd',
  method: 'GET',
  path: '/v1/presence',
  summary: 'Stays open for as long as this healer lives (server-sent events)',
  description:
    'A comment comes now and then. Another process on the host learns from its end that it may take over, without asking again and again.',
  role: 'viewer',
  answer: { status: 200, mediaType: 'text/event-stream', description: 'Comments only.' },
  problems: ['too-many-open'],
} as const satisfies RouteDeclaration;

export function presenceRoute(add: AddRoute, open: OpenRequests): void {
  add(presence, ({ reply }) => {
    const gone = open.holdStream(reply);
    reply.hijack();
    const response = reply.raw;
    // It went already, or the healer stops: no abort comes any more.
    if (gone.aborted) return void response.destroy();
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
