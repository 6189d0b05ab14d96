import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Directive, Report } from '@prunella/protocol';

/** A stand-in for the healer: a real HTTP server that takes reports and hands out directives. */
export class StandInHealer {
  readonly reports: { readonly report: Report; readonly at: number; readonly token: string | undefined }[] =
    [];
  readonly polls: URLSearchParams[] = [];
  /** How reports are answered; default 202. */
  answer: (response: ServerResponse) => void = (response) => {
    response.statusCode = 202;
    response.end('{"accepted":1,"refused":[]}');
  };
  /** How polls are answered; default when there is a directive. */
  answerPoll: ((response: ServerResponse) => void) | undefined;
  readonly #waiting = new Set<ServerResponse>();
  readonly #server: Server;
  #cursor = 0;

  readonly #scheme: 'http' | 'https';

  /** With key and certificate it speaks TLS. */
  constructor(secure?: Pick<ServerOptions, 'key' | 'cert'>) {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response);
    this.#server = secure === undefined ? createServer(serve) : createSecureServer(secure, serve);
    this.#scheme = secure === undefined ? 'http' : 'https';
  }

  async listen(path?: string): Promise<string> {
    await new Promise<void>((resolve) => {
      if (path === undefined) this.#server.listen(0, '127.0.0.1', resolve);
      else this.#server.listen(path, resolve);
    });
    if (path !== undefined) return `unix:${path}`;
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get newest(): Report | undefined {
    return this.reports.at(-1)?.report;
  }

  get openPolls(): number {
    return this.#waiting.size;
  }

  direct(...directives: Directive[]): void {
    const body = JSON.stringify({ cursor: `c${++this.#cursor}`, directives });
    for (const response of this.#waiting) response.end(body);
    this.#waiting.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://healer');
    if (request.method === 'GET' && url.pathname === '/v1/directives') {
      this.polls.push(url.searchParams);
      if (this.answerPoll !== undefined) return this.answerPoll(response);
      this.#waiting.add(response);
      response.on('close', () => this.#waiting.delete(response));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { reports } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const token = request.headers.authorization;
    for (const report of reports) this.reports.push({ report, at: performance.now(), token });
    this.answer(response);
  }
}
