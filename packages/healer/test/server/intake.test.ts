import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { operatorToken, reporterToken, serve } from './serve.ts';

const report = {
  protocol: 1,
  service: 'actioner',
  instance: 'actioner/app1/1',
  epoch: 'e1',
  sequence: 1,
  heartbeatMs: 5_000,
  conditions: [],
};

const signal = {
  id: '1',
  source: 'test',
  type: 'alert',
  resource: 'postgres/main',
  status: 'firing',
  summary: 'disk is slow',
};

describe('who may come in', () => {
  test.each([
    ['no token', ''],
    ['an unknown token', 'guess'],
    ['a token that is the beginning of a good one', reporterToken.slice(0, -1)],
  ])('%s is 401, with the way to the right one', async (_name, token) => {
    const { engine, post } = await serve();
    const response = await post('/v1/reports', { reports: [report] }, token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: 'urn:prunella:problem:not-authenticated',
      status: 401,
      detail: expect.stringMatching(/token/),
    });
    expect(engine.reports).toEqual([]);
  });

  test.each([
    ['GET', '/v1/explanations'],
    ['GET', '/v1/incidents'],
    ['GET', '/v1/incidents/i-1/log'],
    ['GET', '/v1/log'],
    ['GET', '/v1/log/stream'],
    ['GET', '/v1/presence'],
    ['GET', '/v1/healer'],
    ['POST', '/v1/attempts/a-1/approve'],
    ['POST', '/v1/attempts/a-1/reject'],
    ['POST', '/v1/incidents/i-1/resume'],
    ['POST', '/v1/incidents/i-1/close'],
    ['POST', '/v1/pause'],
    ['POST', '/v1/resume'],
  ])('a reporter may not %s %s', async (method, path) => {
    const { engine, call } = await serve();
    const response = await call(path, { method, token: reporterToken });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:not-allowed' });
    expect(engine.paused).toBe(null);
    expect(engine.commands).toEqual([]);
  });

  test('a token in the query is no token', async () => {
    const { call } = await serve();
    expect((await call(`/v1/explanations?token=${operatorToken}`, { token: '' })).status).toBe(401);
  });

  test('health is told without a token', async () => {
    const { call } = await serve({ isReady: () => false });
    expect((await call('/livez', { token: '' })).status).toBe(200);
    const ready = await call('/readyz', { token: '' });
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ type: 'urn:prunella:problem:not-ready' });
  });
});

describe('reports', () => {
  test('are taken with 202', async () => {
    const { engine, post } = await serve();
    const response = await post('/v1/reports', { reports: [report] }, reporterToken);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: 1, refused: [] });
    expect(engine.reports).toEqual([report]);
  });

  test('what the engine refuses is named, the rest is taken', async () => {
    const { engine, post } = await serve();
    engine.refusal = ({ instance, sequence }) =>
      sequence === 1 ? { instance, code: 'sequence-old', reason: 'seen already' } : null;
    const response = await post('/v1/reports', { reports: [report, { ...report, sequence: 2 }] });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 1,
      refused: [{ instance: 'actioner/app1/1', code: 'sequence-old', reason: 'seen already' }],
    });
  });

  test('one that cannot be read does not take the others with it', async () => {
    const { engine, post } = await serve();
    const response = await post('/v1/reports', { reports: [{ ...report, sequence: -1 }, report] });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      accepted: 1,
      refused: [
        {
          instance: 'actioner/app1/1',
          code: 'malformed',
          reason: expect.stringContaining('reports[0].sequence'),
        },
      ],
    });
    expect(engine.reports).toHaveLength(1);
  });

  test('a request of which nothing can be read is 400 and names the field', async () => {
    const { post } = await serve();
    const response = await post('/v1/reports', {
      reports: [{ ...report, conditions: [{ resource: 'main' }] }],
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'urn:prunella:problem:malformed',
      field: 'reports[0].conditions[0].resource',
      detail: expect.stringContaining('postgres/main'),
    });
  });

  test('of another protocol version are refused as such, not as malformed', async () => {
    const { post } = await serve();
    const response = await post('/v1/reports', { reports: [{ ...report, protocol: 2 }] });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ accepted: 0, refused: [{ code: 'unknown-protocol' }] });
  });

  test.each([[{}], [[]], [{ reports: {} }], ['text'], [null]])('%j is no batch of reports', async (body) => {
    const { post } = await serve();
    const response = await post('/v1/reports', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: 'reports' });
  });

  test('more than 100 in one request are 400', async () => {
    const { engine, post } = await serve();
    const full = Array.from({ length: 100 }, (_, index) => ({ ...report, sequence: index }));
    expect((await post('/v1/reports', { reports: full })).status).toBe(202);
    const response = await post('/v1/reports', { reports: [...full, report] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:too-many-reports' });
    expect(engine.reports).toHaveLength(100);
  });

  test('a body over the limit is 413', async () => {
    const { post } = await serve();
    const response = await post('/v1/reports', { reports: [], padding: 'x'.repeat(2_097_152) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:too-large' });
  });

  test('what is no JSON is 400, another media type 415', async () => {
    const { call } = await serve();
    const send = (type: string, body: string) =>
      call('/v1/reports', { method: 'POST', headers: { 'content-type': type }, body });
    expect((await send('application/json', '{"reports": [')).status).toBe(400);
    expect((await send('text/plain', 'reports')).status).toBe(415);
    expect((await send('application/json', '{"__proto__": {"reports": []}}')).status).toBe(400);
  });
});

describe('signals', () => {
  test('are acknowledged with the engine’s receipt', async () => {
    const { engine, post } = await serve();
    engine.receipt = { accepted: true, duplicate: true };
    const response = await post('/v1/signals', signal, reporterToken);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: true, duplicate: true });
    expect(engine.signals).toEqual([signal]);
  });

  test('with data as deep as a stack are 400, and no fault of the healer', async () => {
    const failures: unknown[] = [];
    const { address } = await serve({ onFailure: (error) => failures.push(error) });
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = `{"id":"1","source":"s","type":"t","resource":"a/b","status":"firing","summary":"x","data":{"a":${deep}}}`;
    const answer = await fetch(`${address}/v1/signals`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reporterToken}`, 'content-type': 'application/json' },
      body: text,
    });
    expect([answer.status, failures]).toEqual([400, []]);
    expect(await answer.json()).toMatchObject({ field: 'data' });
  });

  test('that the engine does not take are 422 with its reason', async () => {
    const { engine, post } = await serve();
    engine.receipt = { accepted: false, reason: 'postgres/main is not configured' };
    const response = await post('/v1/signals', signal);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: 'postgres/main is not configured' });
  });

  test.each<[string, Record<string, unknown>]>([
    ['resource', { resource: 'main' }],
    ['status', { status: 'burning' }],
    ['id', { id: '' }],
    ['summary', { summary: 'a\u001b[2J' }],
    ['severity', { severity: 'high' }],
    ['data', { data: { text: 'x'.repeat(20_000) } }],
  ])('with a wrong %s are 400 and named', async (field, change) => {
    const { engine, post } = await serve();
    const response = await post('/v1/signals', { ...signal, ...change });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field });
    expect(engine.signals).toEqual([]);
  });
});

describe('what is no proper request', () => {
  test('headers over the limit are 431', async () => {
    const { call } = await serve();
    const response = await call('/livez', { headers: { 'x-much': 'x'.repeat(20_000) } });
    expect(response.status).toBe(431);
    expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:headers-too-large' });
  });

  test('bytes that are no HTTP are answered and hung up on', async () => {
    const { address } = await serve();
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.write('\u0016\u0003\u0001 this is TLS\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('urn:prunella:problem:malformed');
  });

  test('a request that never ends is given up', async () => {
    const { address } = await serve({ requestTimeoutMs: 300 });
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.write(
        `POST /v1/reports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${reporterToken}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
      );
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('urn:prunella:problem:too-slow');
  });

  test('a path that is not there is 404 as a problem', async () => {
    const { call } = await serve();
    const response = await call('/v1/nothing?secret=1');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      type: 'urn:prunella:problem:not-found',
      detail: 'there is no GET /v1/nothing',
    });
  });

  test('a failure inside is 500 without its text, which goes to the healer’s own output', async () => {
    const failures: unknown[] = [];
    const { engine, call } = await serve({ onFailure: (error) => failures.push(error) });
    engine.incidents = () => Promise.reject(new Error('password=hunter2'));
    const response = await call('/v1/incidents');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(failures).toHaveLength(1);
  });
});
