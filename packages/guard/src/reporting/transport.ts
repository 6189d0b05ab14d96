import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { OptionError } from '../fault.ts';

const largestAnswerBytes = 262_144;

export interface Address {
  readonly text: string;
  readonly secure: boolean;
  readonly target: http.RequestOptions;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Order {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
  /** Keeps the process alive until it is answered. */
  readonly urgent?: boolean;
  readonly signal?: AbortSignal;
}

export function parseAddress(given: unknown): Address {
  const allowed = 'http://host:port, https://host:port or unix:/path/of/socket';
  if (typeof given !== 'string') throw new OptionError('healer', given, allowed);
  if (given.startsWith('unix:/')) {
    return {
      text: given,
      secure: false,
      target: { socketPath: given.slice(5), host: 'localhost' },
      path: '',
    };
  }
  if (!URL.canParse(given)) throw new OptionError('healer', given, allowed);
  const { protocol, hostname, port, pathname } = new URL(given);
  if (protocol !== 'http:' && protocol !== 'https:') throw new OptionError('healer', given, allowed);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    text: `${protocol}//${hostname}${port === '' ? '' : `:${port}`}`,
    secure: protocol === 'https:',
    target: { host, ...(port !== '' && { port }) },
    path: pathname.replace(/\/$/, ''),
  };
}

/** Talks to the first address that answers; after a failure the next one is tried, by the next request. */
export class Transport {
  readonly #addresses: readonly Address[];
  readonly #token: string | undefined;
  readonly #tokenFile: string | undefined;
  readonly #plain = new http.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #secure = new https.Agent({ keepAlive: true, maxSockets: 4 });
  #current = 0;

  constructor(addresses: readonly Address[], token: string | undefined, tokenFile: string | undefined) {
    this.#addresses = addresses;
    this.#token = token;
    this.#tokenFile = tokenFile;
  }

  get address(): string {
    return this.#addresses[this.#current]?.text ?? '';
  }

  /** Rejects where no whole answer came in time. Answers with any status resolve. */
  async send(order: Order): Promise<Answer> {
    const address = this.#addresses[this.#current];
    if (address === undefined) throw new Error('no address');
    try {
      const headers = await this.#headers();
      try {
        return await this.#request(address, order, headers);
      } catch (error) {
        // The server may have closed a kept connection at the moment of its use.
        if (!(error instanceof StaleConnection)) throw error;
        return await this.#request(address, order, headers);
      }
    } catch (error) {
      this.#current = (this.#current + 1) % this.#addresses.length;
      throw error;
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  async #headers(): Promise<http.OutgoingHttpHeaders> {
    const token = this.#tokenFile === undefined ? this.#token : await readToken(this.#tokenFile);
    return {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
    };
  }

  #request(address: Address, order: Order, headers: http.OutgoingHttpHeaders): Promise<Answer> {
    const options: https.RequestOptions = {
      ...address.target,
      method: order.method,
      path: address.path + order.path,
      headers,
      agent: address.secure ? this.#secure : this.#plain,
      ...(order.signal !== undefined && { signal: order.signal }),
    };
    return new Promise((resolve, reject) => {
      const request = (address.secure ? https : http).request(options);
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${order.timeoutMs} ms`));
      }, order.timeoutMs);
      if (order.urgent !== true) timer.unref();
      request.on('close', () => clearTimeout(timer));
      request.on('socket', (socket) => (order.urgent === true ? socket.ref() : socket.unref()));
      request.on('error', (error: NodeJS.ErrnoException) => {
        reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection() : error);
      });
      request.on('response', (response) => collect(response).then(resolve, reject));
      request.end(order.body === undefined ? undefined : JSON.stringify(order.body));
    });
  }
}

class StaleConnection extends Error {}

/** Nothing was sent: the fault is on this side, and no healer had a part in it. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new TokenFileError(
      `the file with the reporter's token, ${file}, ${what}: nothing is reported; \`prunella up\` prints where it keeps that file`,
      { cause },
    );
  }
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > largestAnswerBytes) {
      response.destroy();
      throw new Error(`an answer of more than ${largestAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.statusCode ?? 0, body };
}
