import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { Certificates } from './certificates.ts';

/** What stands before salt-api in many houses: it ends TLS, asks for a certificate, and cuts what is idle. */
export interface ReverseProxy {
  readonly url: string;
  /** Streams of events that were opened so far. */
  readonly streams: () => number;
  /** The functions that salt-api was asked for so far, in their order. */
  readonly asked: () => readonly string[];
  /** Cuts the streams of events that are open, as a proxy does with connections that have nothing to say. */
  cutStreams(): void;
  /** The next order is answered with 504, once salt-api has answered it (`taken`) or without asking it. */
  answer504(how: 'taken' | 'not taken'): void;
  stop(): Promise<void>;
}

export async function startReverseProxy(target: string, files: Certificates): Promise<ReverseProxy> {
  let streams = 0;
  const asked: string[] = [];
  let next504: 'taken' | 'not taken' | null = null;
  const cuts = new Set<() => void>();
  const [ca, cert, key] = await Promise.all(
    [files.ca, files.server.certificate, files.server.key].map((file) => readFile(file)),
  );
  const server = createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        if (incoming.url === '/') asked.push(...functionsOf(body));
        const isOrder = body.includes('prunella.apply');
        const late = isOrder ? next504 : null;
        if (isOrder) next504 = null;
        const fail = () => outgoing.writeHead(504, { 'content-type': 'text/html' }).end('<html>504</html>');
        if (late === 'not taken') {
          fail();
          return;
        }
        const { host: _, ...headers } = incoming.headers;
        const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers });
        onward.on('error', () => outgoing.destroy());
        onward.on('response', (answer) => {
          if (late === 'taken') {
            answer.resume().on('end', fail);
            return;
          }
          if (incoming.url === '/events') {
            streams += 1;
            const cut = () => outgoing.destroy();
            cuts.add(cut);
            outgoing.on('close', () => {
              cuts.delete(cut);
              onward.destroy();
            });
          }
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        onward.end(body);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `https://127.0.0.1:${port}`,
    streams: () => streams,
    asked: () => asked,
    cutStreams: () => {
      for (const cut of [...cuts]) cut();
    },
    answer504: (how) => {
      next504 = how;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function functionsOf(body: Buffer): readonly string[] {
  const lows: readonly { readonly fun?: string }[] = JSON.parse(body.toString('utf8'));
  return lows.map(({ fun = '' }) => fun);
}
