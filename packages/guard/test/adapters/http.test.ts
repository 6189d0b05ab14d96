import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type FaultProxy, freePort, notRun, startFaultProxy, waitFor } from '@prunella/labs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import { type HttpHandle, httpService } from '../../src/adapters/http/index.ts';
import { httpRows } from '../../src/adapters/http/rows.ts';
import { attach } from '../../src/index.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { begins, call, ping, temporaryFolder, unhandledDuring, waitsElsewhere } from './call.ts';
import { selfSigned } from './certificate.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const folder = temporaryFolder();
let server: Server;
let proxy: FaultProxy;
let url: string;
let proxied: string;
let answer: Answer;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/`;
  proxy = await startFaultProxy({ targetPort: port });
  proxied = `http://127.0.0.1:${proxy.port}/`;
});
afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});
afterEach(async () => {
  await proxy.normal();
  seen.length = 0;
});

const says =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers).end('{"said":true}');
  };

function service(at = url) {
  answer = says(200);
  return httpService(globalThis.fetch, { ping: `${at}health` });
}

const get =
  (at = url) =>
  (http: HttpHandle) =>
    http.fetch(at);
const post =
  (headers: Record<string, string> = {}, at = url) =>
  (http: HttpHandle) =>
    http.fetch(at, { method: 'POST', body: 'order', headers });

/** The service has been asked this, and the test lets nothing more be seen before. */
const asked = (request: string) =>
  waitFor(() => seen.includes(request), { what: `${request} to reach the service` });

/** The row that decides what a call came to. */
async function rowOf(outcome: ReturnType<typeof call>): Promise<string | undefined> {
  return findRow(httpRows, factsWithin(Reflect.get(await outcome, 'error')))?.name;
}

describe('a guarded HTTP service', () => {
  it('answers what the service answers, and pings the page that was named', async () => {
    const adapter = service();
    const json = await call(adapter, async (http) => (await http.fetch(`${url}a`)).json());
    expect(json).toMatchObject({ ended: 'answered', value: { said: true } });
    expect(await ping(adapter)).toBe('passed');
    expect(seen).toEqual(['GET /a', 'GET /health']);
  });

  it.each([
    [429, 'overloaded', false],
    [503, 'overloaded', false],
    [502, 'unreachable', true],
    [504, 'timeout', true],
    [500, 'unknown', true],
    [401, 'auth', false],
    [403, 'auth', false],
    [404, 'caller', false],
    [422, 'caller', false],
  ])('takes status %i of an order for %s', async (status, kind, outcomeUnknown) => {
    const adapter = service();
    answer = says(status);
    expect(await call(adapter, post())).toMatchObject({ ended: 'failed', kind, outcomeUnknown });
    expect(await ping(adapter)).toMatchObject({ kind });
    const repeatable = { ended: 'failed', kind, outcomeUnknown: false };
    expect(await call(adapter, get())).toMatchObject(repeatable);
    expect(await call(adapter, post({ 'Idempotency-Key': '1' }))).toMatchObject(repeatable);
  });

  it('says when to come again, in seconds or by the clock of the service, bounded', async () => {
    const adapter = service();
    const date = 'Wed, 25 Nov 2026 10:00:00 GMT';
    const asked: [Record<string, string>, number | undefined][] = [
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after': 'Wed, 25 Nov 2026 10:00:09 GMT', date }, 9_000],
      [{ 'retry-after': 'Wed, 25 Nov 2026 09:00:00 GMT', date }, 0],
      [{ 'retry-after': '99999999' }, 86_400_000],
      [{ 'retry-after': 'soon' }, undefined],
      [{}, undefined],
    ];
    for (const [headers, retryAfterMs] of asked) {
      answer = says(503, headers);
      expect(await call(adapter, get())).toMatchObject({ error: { status: 503, retryAfterMs } });
    }
  });

  it('names the place of an order without its query and its credentials', async () => {
    const adapter = service();
    answer = says(500);
    const { error } = (await call(adapter, get(`${url}a?token=secret`))) as { error: Error };
    expect(error.message).toBe(`GET ${url}a answered 500`);
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('lets the function read the body of a refusal', async () => {
    const adapter = service();
    answer = says(422);
    const refused = await call(adapter, (http) =>
      http.fetch(url).catch((error: { response: Response }) => error.response.json()),
    );
    expect(refused).toMatchObject({ ended: 'answered', value: { said: true } });
  });

  it('takes for an answer what the application says is one', async () => {
    const isAnswer = (status: number) => status < 500;
    const adapter = httpService(globalThis.fetch, { ping: url, isAnswer });
    answer = says(404);
    expect(await call(adapter, async (http) => (await http.fetch(url)).status)).toMatchObject({ value: 404 });
    expect(await ping(adapter)).toBe('passed');
  });

  it('follows redirects as fetch does, and tells a loop from the application that wants none', async () => {
    const adapter = service();
    answer = (request, response) => {
      if (request.url === '/new') says(200)(request, response);
      else response.writeHead(302, { location: request.url === '/old' ? '/new' : '/loop' }).end();
    };
    const status = async (http: HttpHandle, init?: RequestInit) =>
      (await http.fetch(`${url}old`, init)).status;
    expect(await call(adapter, status)).toMatchObject({ value: 200 });
    expect(await call(adapter, (http) => status(http, { redirect: 'manual' }))).toMatchObject({ value: 302 });
    const refused = await call(adapter, (http) => status(http, { redirect: 'error' }));
    expect(refused).toMatchObject({ ended: 'failed', kind: 'caller' });
    expect(await call(adapter, get(`${url}loop`))).toMatchObject({ ended: 'failed', kind: 'unknown' });
    expect(await rowOf(call(adapter, get(`${url}loop`)))).toBe('redirect-loop');
    const refusing = (http: HttpHandle) => status(http, { redirect: 'error' });
    expect(await rowOf(call(adapter, refusing))).toBe('redirect-refused');
  });

  it('ends a request with its deadline, and a body that drips', async () => {
    const adapter = service();
    const closed: string[] = [];
    answer = (request, response) => {
      response.on('close', () => closed.push(request.url ?? ''));
      if (request.url === '/body') response.writeHead(200).write('{');
    };
    expect(await call(adapter, get(`${url}head`), asked('GET /head'))).toEqual({
      ended: 'deadline',
      local: false,
    });
    const body = (http: HttpHandle) => http.fetch(`${url}body`).then((response) => response.json());
    expect(await call(adapter, body, asked('GET /body'))).toEqual({ ended: 'deadline', local: false });
    await waitFor(() => closed.length === 2, { what: 'the service to see both connections end' });
  });

  it('is at the service also while a copy of the answer is read', async () => {
    const adapter = service();
    let isClosed = false;
    answer = (_request, response) => {
      response.on('close', () => {
        isClosed = true;
      });
      response.writeHead(200).write('{');
    };
    let reads = (): void => {};
    const isReading = new Promise<void>((resolve) => {
      reads = resolve;
    });
    const late = call(
      adapter,
      async (http) => {
        const copy = (await http.fetch(url)).clone();
        const body = copy.json();
        reads();
        return body;
      },
      isReading,
    );
    expect(await late).toEqual({ ended: 'deadline', local: false });
    await waitFor(() => isClosed, { what: 'the service to see the connection end' });
  });

  it('ends no process by what was begun and not yet awaited when the deadline came', async () => {
    const adapter = service();
    let isClosed = false;
    answer = (_request, response) => {
      response.on('close', () => {
        isClosed = true;
      });
    };
    const unhandled = await unhandledDuring(async () => {
      const late = await call(
        adapter,
        begins((http: HttpHandle) => http.fetch(`${url}slow`)),
        asked('GET /slow'),
      );
      expect(late).toEqual({ ended: 'deadline', local: false });
      await waitFor(() => isClosed, { what: 'the service to see the connection end' });
    });
    expect(unhandled).toEqual([]);
  });

  describe('over a fetch that ignores its signal', () => {
    /** Its answers come when the test says so. */
    function deaf() {
      const cancelled: string[] = [];
      const waiting: ((response: Response) => void)[] = [];
      const deafFetch = (() => new Promise((resolve) => waiting.push(resolve))) as typeof fetch;
      const respond = (name: string) => {
        const body = new ReadableStream({ cancel: () => void cancelled.push(name) });
        waiting.shift()?.(new Response(body));
      };
      return { adapter: httpService(deafFetch, { ping: url }), respond, cancelled };
    }

    it('releases the answer that comes after the deadline, of a call and of a ping', async () => {
      const { adapter, respond, cancelled } = deaf();
      const inner: Promise<unknown>[] = [];
      const late = await call(
        adapter,
        (http) => {
          inner.push(http.fetch(url));
          return inner[0] as Promise<unknown>;
        },
        Promise.resolve(),
      );
      expect(late).toEqual({ ended: 'deadline', local: false });
      respond('call');
      await expect(inner[0]).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
      expect(await ping(adapter, 10)).toBe('late');
      respond('ping');
      await waitFor(() => cancelled.length === 2, { what: 'both bodies to be released' });
      expect(cancelled).toEqual(['call', 'ping']);
    });

    it('releases what the function left unread, and refuses its late reader', async () => {
      const { adapter, respond, cancelled } = deaf();
      const outcome = call(adapter, get());
      respond('unread');
      const answered = await outcome;
      await waitFor(() => cancelled.length === 1, { what: 'the body to be released' });
      if (answered.ended !== 'answered') expect.unreachable('the head was answered');
      await expect(answered.value.text()).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    });
  });

  it('releases a body that nobody reads, and refuses its late reader', async () => {
    const adapter = service();
    let isClosed = false;
    answer = (_request, response) => {
      response.on('close', () => {
        isClosed = true;
      });
      response.writeHead(200).write('without end');
    };
    const outcome = await call(adapter, get());
    await waitFor(() => isClosed, { what: 'the service to see the connection end' });
    if (outcome.ended !== 'answered') expect.unreachable('the head was answered');
    await expect(outcome.value.text()).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
  });

  it('keeps its connection over calls whose bodies were read', async () => {
    const adapter = service(proxied);
    const before = proxy.accepted;
    for (let count = 0; count < 5; count += 1) {
      await call(adapter, async (http) => (await http.fetch(proxied)).text());
      await delay(0);
    }
    expect(proxy.accepted - before).toBeLessThanOrEqual(1);
  });

  it('calls a deadline local where the function waits for something else', async () => {
    const adapter = service();
    const { work, waits } = waitsElsewhere(async (http: HttpHandle) => (await http.fetch(url)).text());
    expect(await call(adapter, work, waits)).toEqual({ ended: 'deadline', local: true });
  });

  it('refuses a handle whose call has ended', async () => {
    const adapter = service();
    let kept: HttpHandle | undefined;
    await call(adapter, async (http) => {
      kept = http;
    });
    await expect(kept?.fetch(url)).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    expect(seen).toEqual([]);
  });

  it.each<[string, RequestInit]>([
    ['a signal of its own', { signal: AbortSignal.abort() }],
    ['a header that cannot be', { headers: { 'no good': 'x' } }],
  ])("takes %s for the caller's doing", async (_what, init) => {
    const adapter = service();
    expect(await call(adapter, (http) => http.fetch(url, init))).toMatchObject({ kind: 'caller' });
    expect(await rowOf(call(adapter, get('no url')))).toBe('not-a-url');
  });

  it('tells faults of the way there, whose outcome is known, from those after an order was sent', async () => {
    const adapter = service(proxied);
    const refused = `http://127.0.0.1:${await freePort()}/`;
    expect(await call(adapter, post({}, refused))).toMatchObject({
      kind: 'unreachable',
      outcomeUnknown: false,
    });
    const unknownName = await call(adapter, post({}, 'http://no-such-host.invalid/'));
    expect(unknownName).toMatchObject({ outcomeUnknown: false });
    expect(['unreachable', 'local']).toContain(Reflect.get(unknownName, 'kind'));

    answer = (request) => request.socket.destroy();
    expect(await call(adapter, post())).toMatchObject({ kind: 'unreachable', outcomeUnknown: true });
    expect(await call(adapter, get())).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
    expect(await rowOf(call(adapter, get()))).toBe('socket-closed');

    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      request.socket.end();
    };
    const half = (http: HttpHandle) => post()(http).then((response) => response.text());
    expect(await call(adapter, half)).toMatchObject({ kind: 'unreachable', outcomeUnknown: true });

    answer = (request) => request.socket.end('no HTTP at all\r\n\r\n');
    expect(await call(adapter, post())).toMatchObject({ kind: 'unknown', outcomeUnknown: true });
    expect(await rowOf(call(adapter, post()))).toBe('no-http');

    const noTls = post({}, url.replace('http:', 'https:'));
    expect(await call(adapter, noTls)).toMatchObject({ kind: 'unreachable' });
    expect(await rowOf(call(adapter, noTls))).toBe('tls-broken');
  });

  it('meets a network that resets, and one that swallows everything', async () => {
    const adapter = service(proxied);
    proxy.fault({ kind: 'reset' });
    expect(await call(adapter, post({}, proxied))).toMatchObject({ kind: 'unreachable' });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    proxy.fault({ kind: 'black-hole' });
    expect(await call(adapter, get(proxied), 200)).toEqual({ ended: 'deadline', local: false });
    expect(await ping(adapter, 200)).toBe('late');
    await proxy.normal();
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'the service to be back' });
  });

  it('takes a service that half-closes in the middle of an answer for unreachable', async () => {
    const adapter = service(proxied);
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
    };
    const half = call(adapter, async (http) => {
      const response = await http.fetch(proxied);
      proxy.fault({ kind: 'half-close' }, 'to-client');
      return response.text();
    });
    expect(await half).toMatchObject({ ended: 'failed', kind: 'unreachable' });
  });

  it('says auth of a certificate that nobody vouches for', async (context) => {
    const files = selfSigned(folder);
    if (files === null) notRun(context, 'needs openssl on the PATH, to make a certificate');
    const secret = createSecureServer({
      key: readFileSync(files.key),
      cert: readFileSync(files.certificate),
    });
    const port = await freePort();
    await new Promise<void>((resolve) => secret.listen(port, '127.0.0.1', resolve));
    const adapter = service(`https://127.0.0.1:${port}/`);
    expect(await call(adapter, post({}, `https://127.0.0.1:${port}/`))).toMatchObject({
      kind: 'auth',
      outcomeUnknown: false,
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'auth' });
    secret.close();
  });

  it('says of a missed deadline whether an order may have been made', async () => {
    const clock = new ManualClock();
    const guard = attach(service(), { resource: 'http/orders', deadlineMs: 1_000, clock });
    answer = () => {};
    const missed = async (request: string, work: (http: HttpHandle) => Promise<Response>) => {
      const outcome = guard.tryRun(work);
      await asked(request);
      await clock.advance(1_010);
      return outcome;
    };
    expect(await missed('GET /', get())).toMatchObject({ fault: { kind: 'timeout', outcomeUnknown: false } });
    expect(await missed('POST /', post())).toMatchObject({
      fault: { kind: 'timeout', outcomeUnknown: true },
    });
    await guard.detach();
  });

  it.each([
    [() => httpService(undefined as unknown as typeof fetch, { ping: url }), /^option fetch: /],
    [() => httpService(fetch, { ping: 'health' }), /^option ping: .* http:/],
    [() => httpService(fetch, { ping: 'ftp://a/' }), /^option ping: /],
    [() => httpService(fetch, { ping: url, pingMethod: 'POST' as 'GET' }), /^option pingMethod: /],
    [
      () => httpService(fetch, { ping: url, isAnswer: 404 as unknown as () => boolean }),
      /^option isAnswer: /,
    ],
    [() => httpService(fetch, { ping: url, retries: 3 } as { ping: string }), /^option retries: /],
  ])('refuses a wrong option when the guard is made', (make, message) => {
    expect(make).toThrow(message);
  });
});
