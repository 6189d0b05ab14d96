import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, test, vi } from 'vitest';
import { AtWork } from '../../src/server/at-work.ts';
import { IntakeGate } from '../../src/server/intake-gate.ts';
import { OpenRequests } from '../../src/server/open-requests.ts';
import type { AddRoute } from '../../src/server/route.ts';
import { presenceRoute } from '../../src/server/routes/presence.ts';
import { whenOver } from '../../src/server/when-over.ts';

/** As under Node 22 behind another response of its connection: it has no socket, and is told of no reset. */
class QueuedResponse extends EventEmitter {
  readonly req: { readonly socket: EventEmitter & { destroyed: boolean } };
  destroyed = false;
  readonly written: string[] = [];

  constructor(socket = new QueuedSocket()) {
    super();
    this.req = { socket };
  }

  writeHead(): void {}

  write(text: string): void {
    this.written.push(text);
  }

  destroy(): void {
    this.destroyed = true;
  }
}

class QueuedSocket extends EventEmitter {
  destroyed = false;

  reset(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const raw = (response: QueuedResponse) => response as unknown as ServerResponse;
const request = { headers: { 'content-length': '10' } } as unknown as FastifyRequest;
const replyOf = (response: QueuedResponse) =>
  ({ raw: response, request, hijack: () => {} }) as unknown as FastifyReply;

describe('a response that is never closed, of a connection that is reset', () => {
  test('gives back its place in the intake, once', () => {
    const gate = new IntakeGate({ requests: 2, bytes: 1_000 }, 1_000);
    const socket = new QueuedSocket();
    const responses = [new QueuedResponse(socket), new QueuedResponse(socket)];
    for (const response of responses) gate.enter(request, replyOf(response));
    const enter = () => gate.enter(request, replyOf(new QueuedResponse()));
    expect(enter).toThrow('2 requests with 20 bytes are being taken in');
    socket.reset();
    responses[0]?.emit('close');
    enter();
    enter();
    expect(enter).toThrow('2 requests with 20 bytes are being taken in');
  });

  test('is not waited for by a server that stops', async () => {
    const atWork = new AtWork();
    const socket = new QueuedSocket();
    atWork.add(raw(new QueuedResponse(socket)));
    const ended = atWork.ended(2_147_483_647);
    socket.reset();
    await ended;
    await atWork.ended(2_147_483_647);
  });

  test('is not held open', () => {
    const open = new OpenRequests(1, 1);
    const socket = new QueuedSocket();
    const gone = open.holdStream(replyOf(new QueuedResponse(socket)));
    socket.reset();
    expect([gone.aborted, open.size]).toEqual([true, 0]);
    open.holdStream(replyOf(new QueuedResponse()));
  });

  test('and one that comes only then holds nothing', () => {
    const socket = new QueuedSocket();
    socket.reset();
    const gate = new IntakeGate({ requests: 1, bytes: 1_000 }, 1_000);
    const open = new OpenRequests(1, 1);
    for (let times = 0; times < 3; times += 1) {
      gate.enter(request, replyOf(new QueuedResponse(socket)));
      expect(open.holdStream(replyOf(new QueuedResponse(socket))).aborted).toBe(true);
    }
  });
});

test('a connection that brings many requests is listened to once, and keeps none that was answered', () => {
  const socket = new QueuedSocket();
  let told = 0;
  for (let times = 0; times < 100; times += 1) {
    const response = new QueuedResponse(socket);
    whenOver(raw(response), () => {
      told += 1;
    });
    response.emit('close');
  }
  expect([told, socket.listenerCount('close')]).toEqual([100, 1]);
  socket.reset();
  expect(told).toBe(100);
});

test('who asks for presence while the healer stops is let go, and nothing is written to it on and on', () => {
  vi.useFakeTimers();
  try {
    const open = new OpenRequests(1, 1);
    open.close();
    const response = new QueuedResponse();
    let ask: (call: { readonly reply: FastifyReply }) => unknown = () => {};
    presenceRoute(
      ((_declaration: unknown, handler: typeof ask) => {
        ask = handler;
      }) as unknown as AddRoute,
      open,
    );
    ask({ reply: replyOf(response) });
    expect([vi.getTimerCount(), response.destroyed]).toEqual([0, true]);
  } finally {
    vi.useRealTimers();
  }
});
