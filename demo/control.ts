import { randomBytes, timingSafeEqual } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Who breaks things when they are asked to. */
interface Breaking {
  /** Null where it is broken already. */
  begin(how: 'SIGKILL' | 'SIGSTOP'): Promise<void> | null;
  toggleRepairs(): Promise<string>;
}

/** What the healer's drills ask: the demo breaks its database for them, as for its keys. */
export interface Control {
  readonly port: number;
  readonly tokenFile: string;
  /** Before this, whoever asks is told to wait. `onFailure`: a break that could not be followed to its end. */
  serve(breaker: Breaking, onFailure: (error: unknown) => void): void;
  close(): Promise<void>;
}

export async function openControl(folder: string): Promise<Control> {
  const token = randomBytes(32).toString('base64url');
  const tokenFile = join(folder, 'drill-token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  let act: ((what: string) => Promise<readonly [number, string]>) | null = null;
  const server = createServer((request, response) => {
    request.resume();
    if (!isToken(request.headers.authorization, token)) return answer(response, 401, 'not for you');
    if (act === null) return answer(response, 503, 'the demo is still starting');
    act(request.method === 'POST' ? (request.url ?? '') : '').then(
      ([status, text]) => answer(response, status, text),
      (error: unknown) => answer(response, 500, String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    tokenFile,
    serve: (breaker, onFailure) => {
      act = (what) => actOn(breaker, what, onFailure);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const breaks = { '/kill': 'SIGKILL', '/stall': 'SIGSTOP' } as const;

async function actOn(
  breaker: Breaking,
  what: string,
  onFailure: (error: unknown) => void,
): Promise<readonly [number, string]> {
  if (what === '/repairs') return [200, await breaker.toggleRepairs()];
  if (what !== '/kill' && what !== '/stall') return [404, 'no such drill'];
  const following = breaker.begin(breaks[what]);
  if (following === null) return [409, 'the database is broken already: wait until it is healed'];
  following.catch(onFailure);
  return [200, `the database gets ${breaks[what]}`];
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

function isToken(authorization: string | undefined, token: string): boolean {
  const expected = Buffer.from(`Bearer ${token}`);
  const given = Buffer.from(authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
