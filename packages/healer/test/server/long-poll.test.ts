import { waitFor } from '@prunella/labs';
import type { Directive } from '@prunella/protocol';
import { describe, expect, test } from 'vitest';
import { reporterToken, serve } from './serve.ts';

const directive: Directive = {
  directive: 'recovered',
  resource: 'postgres/main',
  incident: 'i-1',
  sequence: 1,
  spreadMs: 0,
};

const path = '/v1/directives?instance=actioner%2Fapp1%2F1&epoch=e1';

describe('the long poll for directives', () => {
  test('answers at the moment that there is one', async () => {
    const { engine, call } = await serve();
    const answer = call(`${path}&waitMs=55000`, { token: reporterToken });
    await waitFor(() => engine.pollsOpen === 1, { what: 'the poll to be open' });
    const directedAt = performance.now();
    engine.direct({ cursor: '7', directives: [directive] });
    const response = await answer;
    expect(performance.now() - directedAt).toBeLessThan(500);
    expect(await response.json()).toEqual({ cursor: '7', directives: [directive] });
  });

  test('answers with none when the wait is over', async () => {
    const { engine, call } = await serve();
    const response = await call(`${path}&after=3&waitMs=30`, { token: reporterToken });
    expect(await response.json()).toEqual({ cursor: '3', directives: [] });
    expect(engine.pollsOpen).toBe(0);
  });

  test('is given up when the client goes', async () => {
    const { engine, call } = await serve();
    const client = new AbortController();
    const answer = call(path, { token: reporterToken, signal: client.signal }).catch(() => 'gone');
    await waitFor(() => engine.pollsOpen === 1, { what: 'the poll to be open' });
    client.abort();
    expect(await answer).toBe('gone');
    await waitFor(() => engine.pollsOpen === 0, { what: 'the poll to be given up' });
  });

  test('does not keep the server from closing', async () => {
    const { engine, server, call } = await serve();
    const answer = call(path, { token: reporterToken }).catch(() => 'closed');
    await waitFor(() => engine.pollsOpen === 1, { what: 'the poll to be open' });
    await server.close();
    await answer;
    expect(engine.pollsOpen).toBe(0);
  });

  test('is bounded in number: the next one is 429 and told when to come back', async () => {
    const { engine, call } = await serve({ openRequestLimit: 1 });
    const client = new AbortController();
    const first = call(path, { signal: client.signal }).catch(() => 'gone');
    await waitFor(() => engine.pollsOpen === 1, { what: 'the poll to be open' });
    const response = await call(path);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('5');
    client.abort();
    await first;
    await waitFor(async () => (await call(`${path}&waitMs=0`)).status === 200, { what: 'room again' });
  });

  test.each([
    ['instance', '/v1/directives?epoch=e1'],
    ['waitMs', `${path}&waitMs=55001`],
    ['waitMs', `${path}&waitMs=soon`],
    ['waitMs', `${path}&waitMs=1&waitMs=2`],
  ])('names a wrong %s', async (field, wrong) => {
    const { call } = await serve();
    const response = await call(wrong);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field });
  });
});
