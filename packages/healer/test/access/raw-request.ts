import { request } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of this machine: 127.0.0.2 is another address than 127.0.0.1. */
  readonly from?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: Record<string, unknown>;
}

/** As `fetch` would not: with any Host, Origin and Cookie, from any address of this machine, by any path. */
export function rawRequest(address: string, path: string, asked: RawRequest = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(address);
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: hostname,
        port,
        path,
        method: asked.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...asked.headers,
        },
        ...(asked.from === undefined ? {} : { localAddress: asked.from }),
        agent: false,
      },
      (answer) => {
        // A stream goes on and on; its head is all that is asked for here.
        if (answer.headers['content-type'] === 'text/event-stream') {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, json: {} });
          answer.destroy();
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, json: parsed(text) });
        });
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
