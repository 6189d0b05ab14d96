import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const askAgainMs = 50;

/**
 * The turn to send a webhook to one salt-api, among all processes of this user on this machine: a healer, a second
 * one, the doctor. Two at once break salt-api until it is restarted. The turn is a name in the kernel (an abstract
 * socket), so it ends with its process, however that ends; only Linux has such names, elsewhere everybody has it.
 * Resolves with the function that gives it back, or with null where somebody else has it for `patienceMs`.
 */
export async function takeHookTurn(
  url: URL,
  patienceMs: number,
  signal: AbortSignal,
): Promise<(() => void) | null> {
  if (process.platform !== 'linux') return () => {};
  const user = process.getuid?.() ?? 0;
  const name = createHash('sha256').update(`${user} ${url.origin}`).digest('hex').slice(0, 32);
  const until = performance.now() + patienceMs;
  for (;;) {
    const server = await listen(`\0prunella-hook-${name}`);
    if (server) return () => void server.close();
    if (performance.now() >= until || signal.aborted) return null;
    await delay(askAgainMs, undefined, { ref: false });
  }
}

function listen(path: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(null));
    server.listen({ path }, () => resolve(server));
  });
}
