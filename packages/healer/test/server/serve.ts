import { afterEach } from 'vitest';
import { emptyLedger } from '../../src/engine/ledger.ts';
import { createServer, type ServerOptions } from '../../src/server/create-server.ts';
import { holdToDeclaration } from './hold-to-declaration.ts';
import { StandInEngine } from './stand-in-engine.ts';
import { wellHealth } from './well-health.ts';

export const reporterToken = 'reporter-secret';
export const viewerToken = 'viewer-secret';
export const operatorToken = 'operator-secret';
export const adminToken = 'admin-secret';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** An application's for what applications send; a person's for the rest. */
function usualToken(path: string): string {
  return /^\/v1\/(reports|directives)\b/.test(path) ? reporterToken : operatorToken;
}

/** A server on a free port over a stand-in engine, closed after the test. */
export async function serve(options: Partial<ServerOptions> = {}) {
  const engine = new StandInEngine();
  const server = createServer(engine, {
    access: {
      type: 'tokens',
      tokens: [
        { name: 'actioner', role: 'reporter', token: reporterToken },
        { name: 'wall', role: 'viewer', token: viewerToken },
        { name: 'anna', role: 'operator', token: operatorToken },
        { name: 'root', role: 'admin', token: adminToken },
      ],
    },
    facts: () => ({
      version: '0.1.0',
      pid: 1,
      address: null,
      startedAt: 5,
      configuration: { since: 0, refused: null },
      sources: {},
      health: wellHealth,
      ledger: emptyLedger,
    }),
    ...options,
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  const call = async (path: string, init: RequestInit & { readonly token?: string } = {}) => {
    const { token = usualToken(path), headers, ...rest } = init;
    const response = await fetch(`${address}${path}`, {
      ...rest,
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    await holdToDeclaration(server.declarations, rest.method ?? 'GET', path, response);
    return response;
  };
  const post = (path: string, body?: unknown, token?: string) =>
    call(path, {
      method: 'POST',
      ...(token === undefined ? {} : { token }),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  return { engine, server, address, call, post };
}
