import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What waits for the end of a connection: one listener each, however many requests it brings. */
const waitingBySocket = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `tell` once: when the response is over or its connection is gone, whichever comes first; at once where that
 * was before. The connection is watched, too, since under Node 22 a response that waits behind another one of its
 * connection is never closed when the connection is reset.
 */
export function whenOver(response: ServerResponse, tell: () => void): void {
  // Not the response's own: it has none before its turn.
  const { socket } = response.req;
  if (response.destroyed || socket.destroyed) {
    tell();
    return;
  }
  const waiting = waitingBySocket.get(socket) ?? watch(socket);
  const tellOnce = () => {
    if (waiting.delete(tellOnce)) tell();
  };
  waiting.add(tellOnce);
  response.once('close', tellOnce);
}

function watch(socket: Socket): Set<() => void> {
  const waiting = new Set<() => void>();
  waitingBySocket.set(socket, waiting);
  socket.once('close', () => {
    for (const tellOnce of waiting) tellOnce();
  });
  return waiting;
}
