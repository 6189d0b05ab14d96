import { afterEach } from 'vitest';
import { emptyLedger } from '../../src/engine/ledger.ts';
import { createServer, type ServerOptions } from '../../src/server/create-server.ts';
import { StandInEngine } from './stand-in-engine.ts';

export const reporterToken = 'reporter-secret';
export const operatorToken = 'operator-secret';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server on a free port over a stand-in engine, closed after the test. */
export async function serve(options: Partial<ServerOptions> = {}) {
  const engine = new StandInEngine();
  const server = createServer(engine, {
    access: {
      type: 'tokens',
      tokens: [
        { name: 'actioner', role: 'reporter', token: reporterToken },
        { name: 'anna', role: 'operator', token: operatorToken },
      ],
    },
    facts: () => ({
      version: '0.1.0',
      pid: 1,
      startedAt: 5,
      configuration: { since: 0, refused: null },
      ledger: emptyLedger,
    }),
    ...options,
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  const call = (path: string, init: RequestInit & { readonly token?: string } = {}) => {
    const { token = operatorToken, headers, ...rest } = init;
    return fetch(`${address}${path}`, {
      ...rest,
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
  };
  const post = (path: string, body?: unknown, token = operatorToken) =>
    call(path, {
      method: 'POST',
      token,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  return { engine, server, address, call, post };
}
