import { readFile } from 'node:fs/promises';
import type * as Http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '../clock.ts';
import type { Address } from './address.ts';
import type { ReportingSettings } from './settings.ts';

/** An `import` of it reads all of its exports, `WebSocket` among them, and so loads undici: 10 MB. */
const http = process.getBuiltinModule('node:http');

/** Characters. */
const largestAnswer = 262_144;
const returnAfterMs = 60_000;
const agentOptions = { keepAlive: true, maxSockets: 4 };

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

/**
 * Talks to one address; where it fails (no answer, or a status of 500 and above), the next request goes to the
 * next one. The first is the one that is wanted: it is tried again after a while.
 */
export class Transport {
  readonly #settings: ReportingSettings;
  readonly #clock: Clock;
  readonly #plain = new http.Agent(agentOptions);
  readonly #secure: https.Agent;
  #current = 0;
  #leftFirstAt = 0;

  constructor(settings: ReportingSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#secure = new https.Agent({ ...agentOptions, ...(settings.ca && { ca: settings.ca }) });
  }

  get address(): string {
    return this.#settings.addresses[this.#current]?.text ?? '';
  }

  /** Rejects where no whole answer came in time. Answers with any status resolve. */
  async send(order: Order): Promise<Answer> {
    const { addresses } = this.#settings;
    if (this.#clock.now() - this.#leftFirstAt >= returnAfterMs) this.#current = 0;
    const address = addresses[this.#current];
    if (address === undefined) throw new Error('no address');
    const headers = await this.#headers();
    const leave = () => {
      // Of several requests that fail together one moves on; one that was called off says nothing.
      if (addresses[this.#current] !== address || order.signal?.aborted) return;
      if (this.#current === 0) this.#leftFirstAt = this.#clock.now();
      this.#current = (this.#current + 1) % addresses.length;
    };
    try {
      const answer = await this.#request(address, order, headers).catch((error) => {
        // The server may have closed a kept connection at the moment of its use.
        if (!(error instanceof StaleConnection)) throw error;
        return this.#request(address, order, headers);
      });
      if (answer.status >= 500) leave();
      return answer;
    } catch (error) {
      leave();
      throw error;
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  async #headers(): Promise<Http.OutgoingHttpHeaders> {
    const { tokenFile } = this.#settings;
    const token = tokenFile === undefined ? this.#settings.token : await readToken(tokenFile);
    return {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
    };
  }

  #request(address: Address, order: Order, headers: Http.OutgoingHttpHeaders): Promise<Answer> {
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

async function collect(response: Http.IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.length > largestAnswer) {
      response.destroy();
      throw new Error(`an answer of more than ${largestAnswer} characters`);
    }
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.statusCode ?? 0, body };
}
