import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOrder } from '@prunella/core';
import { freePort } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Backend } from '../../src/backends/backend.ts';
import { httpConfiguration } from '../../src/backends/http/configuration.ts';
import { createHttpBackend } from '../../src/backends/http/create-http-backend.ts';
import { sign, signatureProblem } from '../../src/backends/http/signature.ts';
import { createOutgoing, type Outgoing } from '../../src/outgoing/outgoing.ts';
import { OutgoingError } from '../../src/outgoing/outgoing-error.ts';
import { createServer } from '../../src/server/create-server.ts';
import { StandInEngine } from '../server/stand-in-engine.ts';
import { answerJson, OtherSide } from './other-side.ts';

const secret = 'shared with the other side';
let other: OtherSide;
let address: string;
let now: number;
let waits: number[];

beforeEach(async () => {
  other = new OtherSide();
  address = await other.listen();
  now = Date.now();
  waits = [];
});

afterEach(() => other.close());

type ActionText = z.input<ReturnType<typeof httpConfiguration>>['actions'][string];

function backendOf(
  action: Partial<ActionText> = {},
  more: { callback?: string; retriesPerMinute?: number } = {},
  send: Outgoing = createOutgoing(),
) {
  const written = { actions: { restart: { url: `${address}/restart`, ...action } }, ...more };
  return createHttpBackend(httpConfiguration({ folder: '/' }).parse(written), {
    environment: { SECRET: secret },
    send,
    now: () => now,
    // Time passes only by waiting, and at once; a wait for the deadline ends when it is not needed any more.
    wait: async (durationMs, signal) => {
      signal.throwIfAborted();
      if (durationMs > 40_000) return new Promise(() => {});
      waits.push(durationMs);
      now += durationMs;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
  });
}

const order = (given: Partial<AttemptOrder> = {}): AttemptOrder => ({
  attempt: 'attempt-1',
  resource: 'vm/web',
  incident: 'incident-1',
  step: 'restart',
  action: 'http.restart',
  effect: 'disrupts',
  arguments: { gently: true },
  target: { select: 'failing-nodes' },
  targets: ['web-1', 'web-2'],
  resolved: true,
  fence: { authority: 'here', generation: 1, number: 7 },
  notAfter: now + 30_000,
  deadlineAt: now + 120_000,
  ...given,
});

async function dispatch(
  backend: ReturnType<typeof backendOf>,
  given: Partial<AttemptOrder> = {},
  signal = new AbortController().signal,
) {
  const references: string[] = [];
  const result = await backend.dispatch(order(given), {
    signal,
    onReference: (reference) => references.push(reference),
    now: () => now,
  });
  return { result, references };
}

describe('an order over HTTP', () => {
  test('says all that the other side needs, under a key and a signature', async () => {
    other.answer = (_heard, response) => answerJson(response, 200, { outcome: 'succeeded', fenced: true });
    const { result } = await dispatch(
      backendOf({ secret: { environment: 'SECRET' }, headers: { 'x-team': 'ops' } }),
    );
    expect(result).toMatchObject({
      outcome: 'succeeded',
      targets: [
        { id: 'web-1', outcome: 'succeeded', fenced: true },
        { id: 'web-2', outcome: 'succeeded' },
      ],
    });
    const [heard] = other.heard;
    expect(heard).toMatchObject({
      method: 'POST',
      path: '/restart',
      headers: { 'idempotency-key': 'attempt-1', 'webhook-id': 'attempt-1', 'x-team': 'ops' },
    });
    expect(JSON.parse(heard?.body ?? '')).toEqual({
      attempt: 'attempt-1',
      incident: 'incident-1',
      resource: 'vm/web',
      step: 'restart',
      action: 'http.restart',
      effect: 'disrupts',
      targets: ['web-1', 'web-2'],
      arguments: { gently: true },
      fence: { authority: 'here', generation: 1, number: 7 },
      notAfter: new Date(now + 30_000).toISOString(),
      deadline: new Date(now + 120_000).toISOString(),
    });
    expect(signatureProblem(secret, heard?.headers ?? {}, heard?.body ?? '', now)).toBeNull();
    expect(signatureProblem(secret, heard?.headers ?? {}, `${heard?.body} `, now)).toMatch(/signature/);
  });

  test.each([
    [200, { outcome: 'failed', summary: 'no such machine' }, 'failed', 'failed', 'no such machine'],
    [
      200,
      { outcome: 'succeeded', targets: [{ id: 'web-2', outcome: 'failed' }] },
      'failed',
      'succeeded',
      /succeeded/,
    ],
    [
      200,
      { outcome: 'succeeded', targets: [{ id: 'web-2', outcome: 'unknown' }] },
      'unknown',
      'succeeded',
      /succeeded/,
    ],
    [200, {}, 'unknown', 'unknown', /answered 200 and did not say what became/],
    [202, {}, 'unknown', 'unknown', /named no address/],
    [302, {}, 'failed', 'failed', /redirections are not followed/],
    [400, {}, 'failed', 'failed', /did not take the order/],
    [409, { outcome: 'refused', summary: 'a newer fence' }, 'failed', 'refused', 'a newer fence'],
    [412, 'plain', 'failed', 'refused', /it refused the order/],
    [500, {}, 'unknown', 'unknown', /may have been carried out/],
    [504, {}, 'unknown', 'unknown', /may have been carried out/],
  ] as const)('%i with %o has %s', async (status, body, outcome, ofFirst, summary) => {
    other.answer = (_heard, response) => answerJson(response, status, body);
    const { result } = await dispatch(backendOf());
    expect(result).toMatchObject({ outcome, summary: expect.stringMatching(summary) });
    expect(result.targets[0]?.outcome).toBe(ofFirst);
    expect(result.neverSent).toBeUndefined();
    expect(other.heard).toHaveLength(1);
  });

  test('a status is believed only where the configuration says so', async () => {
    expect((await dispatch(backendOf({ success: 'status' }))).result.outcome).toBe('succeeded');
  });

  test('nobody there is provably unsent, after it was tried again until the order is void', async () => {
    const backend = backendOf({ url: `http://127.0.0.1:${await freePort()}/restart` });
    const beganAt = now;
    const { result } = await dispatch(backend);
    expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(waits.length).toBeGreaterThan(2);
    expect(now).toBeLessThan(beganAt + 30_000);
  });

  test('a cut connection is an unknown outcome and not sent again, but where the other side knows the key', async () => {
    other.answer = (_heard, response) => response.destroy();
    expect((await dispatch(backendOf())).result.outcome).toBe('unknown');
    expect(other.heard).toHaveLength(1);
    other.answer = (_heard, response) =>
      other.heard.length < 4 ? response.destroy() : answerJson(response, 200, { outcome: 'succeeded' });
    expect((await dispatch(backendOf({ idempotent: true }))).result.outcome).toBe('succeeded');
    expect(new Set(other.heard.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set(['attempt-1']),
    );
  });

  test('429 is waited for as long as it says', async () => {
    other.answer = (_heard, response) =>
      other.heard.length === 1
        ? answerJson(response, 429, {}, { 'retry-after': '7' })
        : answerJson(response, 200, { outcome: 'succeeded' });
    expect((await dispatch(backendOf())).result.outcome).toBe('succeeded');
    expect(waits).toEqual([7_000]);
  });

  test('a longer Retry-After is kept, too, and an order that is put off is void past its time', async () => {
    other.answer = (_heard, response) => answerJson(response, 429, {}, { 'retry-after': '35' });
    const beganAt = now;
    const { result } = await dispatch(backendOf(), { notAfter: now + 60_000 });
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(waits).toEqual([35_000]);
    expect(now).toBe(beganAt + 35_000);
    expect(other.heard).toHaveLength(2);
  });

  test.each([
    [409, 'it works on that key'],
    [404, 'gone'],
    [302, 'elsewhere'],
  ])(
    'once an order may have been read, a later %i says nothing of the first try',
    async (status, summary) => {
      other.answer = (_heard, response) =>
        other.heard.length === 1
          ? response.destroy()
          : answerJson(response, status, { outcome: 'refused', summary });
      const { result } = await dispatch(backendOf({ idempotent: true }));
      expect(result.outcome).toBe('unknown');
      expect(result.neverSent).toBeUndefined();
      expect(other.heard).toHaveLength(2);
    },
  );

  test('an order that may have been read is not provably unsent because the healer stops at a retry', async () => {
    const stopping = new AbortController();
    const causes = [
      new OutgoingError('lost', 'read ECONNRESET', true),
      new OutgoingError('unreachable', 'connect ECONNREFUSED', false),
    ];
    const send = async () => {
      const cause = causes.shift();
      if (causes.length === 0) stopping.abort();
      throw cause;
    };
    const { result } = await dispatch(backendOf({ idempotent: true }, {}, send), {}, stopping.signal);
    expect(causes).toEqual([]);
    expect(result.outcome).toBe('unknown');
    expect(result.neverSent).toBeUndefined();
  });

  test('an order without a target is nobody’s, and not sent', async () => {
    const { result } = await dispatch(backendOf(), { targets: [] });
    expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(other.heard).toEqual([]);
  });

  test('a secret that cannot stand in a header is named, not told, and nothing is sent', async () => {
    const backend = createHttpBackend(
      httpConfiguration({ folder: '/' }).parse({
        actions: {
          restart: { url: `${address}/restart`, headers: { authorization: { environment: 'BROKEN' } } },
        },
      }),
      { environment: { BROKEN: 'Bearer hidden\nin two lines' } },
    );
    const error = await dispatch(backend).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(/authorization/);
    expect(String(error)).not.toMatch(/hidden/);
    expect(other.heard).toEqual([]);
    const health = await backend.check(new AbortController().signal);
    expect(health).toMatchObject({ ok: false, problem: expect.stringMatching(/authorization/) });
    expect(JSON.stringify(health)).not.toMatch(/hidden/);
  });

  test('headers of the configuration never double those of the order', async () => {
    await dispatch(
      backendOf({ headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': 'x', 'X-Team': 'ops' } }),
    );
    expect(other.heard[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'attempt-1',
      'x-team': 'ops',
    });
  });

  test('a network that breaks under a standing connection is no proof that nobody read it', async () => {
    other.answer = (_heard, response) => response.socket?.resetAndDestroy();
    const { result } = await dispatch(backendOf());
    expect(result.outcome).toBe('unknown');
    expect(result.neverSent).toBeUndefined();
  });

  test('retries have a budget over all orders', async () => {
    other.answer = (_heard, response) => answerJson(response, 429, {}, { 'retry-after': '1' });
    const backend = backendOf({}, { retriesPerMinute: 3 });
    await dispatch(backend);
    await dispatch(backend, { attempt: 'attempt-2' });
    expect(other.heard).toHaveLength(5);
  });

  test('a clock that is set back does not leave them without a budget', async () => {
    other.answer = (_heard, response) => answerJson(response, 429, {}, { 'retry-after': '1' });
    const backend = backendOf({}, { retriesPerMinute: 3 });
    await dispatch(backend);
    now -= 3_600_000;
    other.heard.length = 0;
    await dispatch(backend, { attempt: 'attempt-2' });
    expect(other.heard).toHaveLength(4);
  });
});

describe('an order that takes long', () => {
  test('is polled at the address that the other side names, of the same origin only', async () => {
    other.answer = ({ method }, response) => {
      if (method === 'POST') answerJson(response, 202, {}, { location: '/orders/1' });
      else
        answerJson(response, 200, {
          outcome: other.heard.length < 4 ? 'running' : 'succeeded',
          summary: 'done',
        });
    };
    const { result, references } = await dispatch(backendOf());
    expect(result).toMatchObject({ outcome: 'succeeded', summary: 'done' });
    expect(references).toEqual([`${address}/orders/1`]);
    expect(other.heard.map(({ path }) => path)).toEqual(['/restart', '/orders/1', '/orders/1', '/orders/1']);

    other.answer = (_heard, response) =>
      answerJson(response, 202, {}, { location: 'http://169.254.169.254/latest/meta-data' });
    expect((await dispatch(backendOf())).result).toMatchObject({ outcome: 'unknown' });
  });

  test('is followed on while a secret that is asked for with it is being replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prunella-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'first');
    other.answer = ({ method }, response) => {
      if (method === 'POST') {
        rmSync(file);
        answerJson(response, 202, {}, { location: '/orders/1' });
        return;
      }
      answerJson(response, 200, { outcome: 'succeeded' });
    };
    const send = createOutgoing();
    let looks = 0;
    const written = { actions: { restart: { url: `${address}/restart`, headers: { 'x-token': { file } } } } };
    const backend = createHttpBackend(httpConfiguration({ folder: '/' }).parse(written), {
      environment: {},
      send,
      now: () => now,
      wait: async (durationMs, signal) => {
        if (durationMs > 40_000) return new Promise(() => {});
        looks += 1;
        if (looks === 2) writeFileSync(file, 'second');
        signal.throwIfAborted();
      },
    });
    const { result } = await dispatch(backend);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(other.heard.map(({ headers }) => headers['x-token'])).toEqual(['first', 'second']);
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['is cut', (response: ServerResponse) => response.destroy()],
    ['is a 504', (response: ServerResponse) => answerJson(response, 504, {})],
    ['says nothing of the order', (response: ServerResponse) => answerJson(response, 200, {})],
  ])('whose callback came first is known, though its answer %s', async (_what, end) => {
    const backend = backendOf({ secret: { environment: 'SECRET' } }, { callback: 'http://127.0.0.1:1' });
    const body = JSON.stringify({ outcome: 'succeeded', summary: 'it runs again' });
    other.answer = async (_heard, response) => {
      const told = await backend.callback?.('attempt-1', { ...sign(secret, 'attempt-1', body, now) }, body);
      expect(told).toEqual({ verdict: 'taken' });
      end(response);
    };
    const { result } = await dispatch(backend);
    expect(result).toMatchObject({ outcome: 'succeeded', summary: 'it runs again' });
  });

  test('ends by a signed callback, through the healer’s own server', async () => {
    const healerPort = await freePort();
    const callback = `http://127.0.0.1:${healerPort}`;
    const backend = backendOf({ secret: { environment: 'SECRET' } }, { callback });
    const backends: Backend[] = [];
    const server = createServer(new StandInEngine(), {
      access: { type: 'local' },
      facts: () => ({}) as never,
      backends,
    });
    await server.listen({ host: '127.0.0.1', port: healerPort });
    // As a reload does whose configuration is the first with such a backend.
    backends.push(backend);
    const call = async (body: unknown, key = secret, id = 'attempt-1') => {
      const text = JSON.stringify(body);
      const response = await fetch(`${callback}/v1/callbacks/attempt-1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...sign(key, id, text, now) },
        body: text,
      });
      return response.status;
    };
    const statuses: number[] = [];
    other.answer = (heard, response) => {
      expect(JSON.parse(heard.body).callback).toBe(`${callback}/v1/callbacks/attempt-1`);
      answerJson(response, 202, {});
      void (async () => {
        statuses.push(await call({ outcome: 'succeeded' }, 'guessed'));
        // Rightly signed, for another order of the same action.
        statuses.push(await call({ outcome: 'succeeded' }, secret, 'attempt-0'));
        statuses.push(await call({ said: 'nothing' }));
        statuses.push(await call({ outcome: 'running' }));
        statuses.push(await call({ outcome: 'failed', summary: 'it did not come up' }));
      })();
    };
    try {
      const { result, references } = await dispatch(backend);
      expect(result).toMatchObject({ outcome: 'failed', summary: 'it did not come up' });
      expect(references).toEqual(['callback']);
      expect(statuses.slice(0, 4)).toEqual([401, 401, 400, 202]);
      expect(await call({ outcome: 'succeeded' })).toBe(404);
    } finally {
      await server.close();
    }
  });

  test('an old callback is not believed', () => {
    const headers = sign(secret, 'attempt-1', '{}', now - 301_000);
    expect(signatureProblem(secret, { ...headers }, '{}', now)).toMatch(/more than 300 s/);
    expect(signatureProblem(secret, {}, '{}', now)).toMatch(/send the headers/);
  });
});

describe('after a crash', () => {
  const context = () => ({ signal: new AbortController().signal, onReference: () => {}, now: () => now });
  const status = () => ({ status: `${address}/orders/{attempt}` });

  test('an order is looked for at its status address', async () => {
    other.answer = (_heard, response) => answerJson(response, 200, { outcome: 'succeeded' });
    const backend = backendOf(status());
    expect(backend.promises.finds).toBe(true);
    expect(await backend.find(order(), null, context())).toMatchObject({
      found: 'ended',
      result: { outcome: 'succeeded' },
    });
    expect(other.heard[0]?.path).toBe('/orders/attempt-1');
  });

  test('one that is still under way is followed', async () => {
    other.answer = (_heard, response) =>
      answerJson(response, 200, { outcome: other.heard.length < 3 ? 'running' : 'failed' });
    const found = await backendOf(status()).find(order(), null, context());
    if (found.found !== 'running') throw new Error(found.found);
    expect(await found.result).toMatchObject({ outcome: 'failed' });
  });

  test('one that nobody knows is not taken for unsent', async () => {
    other.answer = (_heard, response) => answerJson(response, 404, {});
    expect(await backendOf(status()).find(order(), null, context())).toMatchObject({
      found: 'not-found',
      why: expect.stringMatching(/answered 404/),
    });
    expect(await backendOf().find(order(), null, context())).toMatchObject({ found: 'not-found' });
  });
});

describe('a look that cannot be had', () => {
  const context = () => ({ signal: new AbortController().signal, onReference: () => {}, now: () => now });

  test('is had again later: a status address that is down says nothing of the order', async () => {
    const status = `${address}/orders/{attempt}`;
    await other.close();
    await expect(backendOf({ status }).find(order(), null, context())).rejects.toThrow(/cannot be reached/);
    await other.listen();
  });

  test('leaves nobody waiting for a callback', async () => {
    const written = {
      actions: {
        restart: {
          url: `${address}/restart`,
          status: `${address}/orders/{attempt}`,
          secret: { environment: 'SECRET' },
          headers: { authorization: { environment: 'ABSENT' } },
        },
      },
    };
    const backend = createHttpBackend(httpConfiguration({ folder: '/' }).parse(written), {
      environment: { SECRET: secret },
    });
    await expect(backend.find(order(), null, context())).rejects.toThrow(/ABSENT/);
    const headers = { ...sign(secret, 'attempt-1', '{}', Date.now()) };
    expect(await backend.callback?.('attempt-1', headers, '{}')).toEqual({
      verdict: 'unknown',
    });
  });

  test('goes to no place of another origin, though an earlier configuration had it', async () => {
    const elsewhere = new OtherSide();
    const former = await elsewhere.listen();
    try {
      expect(await backendOf({}).find(order(), `${former}/orders/1`, context())).toMatchObject({
        found: 'not-found',
        why: expect.stringMatching(/^http\.restart names no address/),
      });
      expect(elsewhere.heard).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  test('a page that is no success is no answer', async () => {
    other.answer = (_heard, response) => answerJson(response, 404, { outcome: 'failed' });
    const found = await backendOf({ status: `${address}/orders/{attempt}` }).find(order(), null, context());
    expect(found).toMatchObject({ found: 'not-found' });
  });
});

describe('its configuration', () => {
  const read = (action: object) =>
    httpConfiguration({ folder: '/' }).safeParse({
      actions: { restart: { url: 'https://ops/restart', ...action } },
    });

  test('asks a person and takes it to disrupt where nothing else is written', () => {
    expect(backendOf().actions.get('http.restart')).toEqual({
      action: 'http.restart',
      effect: 'disrupts',
      highestAutonomy: 'ask',
    });
  });

  test.each([
    [{ url: 'ftp://ops/restart' }, /must be an http or https address/],
    [{ url: 'https://user:hidden@ops/restart' }, /user and password/],
    [{ status: 'https://user:hidden@ops/{attempt}' }, /user and password/],
    [{ status: 'https://elsewhere/{attempt}' }, /same origin/],
    [{ status: 'https://ops/orders' }, /\{attempt\}/],
    [{ headers: { 'bad header': 'x' } }, /name of a header/],
  ])('refuses %o', (action, message) => {
    const result = read(action);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).toMatch(message);
    expect(JSON.stringify(result.error?.issues)).not.toMatch(/hidden/);
  });

  test('a secret that is not there is said by its check', async () => {
    const backend = backendOf({ secret: { environment: 'ABSENT' } });
    expect(await backend.check(new AbortController().signal)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^http\.restart: .*ABSENT is not set/),
    });
  });
});
