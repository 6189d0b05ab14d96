import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { afterwards } from '../healer/workshop.ts';
import { checkOnce } from './one-check.ts';

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
}

const page = () =>
  served((request, response) => {
    response.statusCode = request.headers['x-key'] === 'wrong' ? 403 : 200;
    response.setHeader('x-version', 'shop 2.1');
    response.end(`all is well, ${request.method} with ${request.headers['x-key']}`);
  });

describe('a monitor of a page', () => {
  test.each([
    ['its status is from 200 to 299', '', 'ok', /^answered 200 in \d+ ms$/],
    ['its status is another', 'status: [204, 301]', 'critical', 'answered 200, expected 204 or 301'],
    ['its body holds the text', 'contains: all is well', 'ok', /./],
    ['its body does not', 'contains: broken', 'critical', /its body does not hold "broken"/],
    ['its body fits', "matches: 'well, (GET|HEAD)'", 'ok', /./],
    ['its body does not fit', "matches: '^well'", 'critical', /its body does not fit \/\^well\//],
    ['a header is right', 'answersWith: { X-Version: shop 2 }', 'ok', /./],
    ['a header is not', 'answersWith: { X-Version: shop 3 }', 'critical', /header X-Version is "shop 2.1"/],
    ['a header is not there', 'answersWith: { X-None: a }', 'critical', /header X-None is ""/],
    ['it is asked as it wants', 'method: POST, contains: POST', 'ok', /./],
  ])('says whether %s', async (_what, written, state, detail) => {
    const outcome = await checkOnce(`type: http, url: '${await page()}', ${written}`);
    expect(outcome).toMatchObject({ state, detail: expect.stringMatching(detail) });
  });

  test('reads a page as large as pages are, and says of a larger one that it is', async () => {
    let size = 600_000;
    const url = await served((_request, response) => response.end(`${'x'.repeat(size)} the end`));
    expect(await checkOnce(`type: http, url: '${url}', contains: the end`)).toMatchObject({ state: 'ok' });
    size = 3_000_000;
    expect(await checkOnce(`type: http, url: '${url}', contains: the end`)).toMatchObject({
      state: 'unknown',
      detail: 'the answer is longer than 2097152 bytes',
    });
  });

  test('sends headers, secret ones too, and shows what was answered as evidence', async () => {
    const written = `type: http, url: '${await page()}', headers: { x-key: { environment: KEY } }`;
    expect(await checkOnce(written, { KEY: 'right' })).toMatchObject({ state: 'ok' });
    const refused = await checkOnce(written, { KEY: 'wrong' });
    expect(refused).toMatchObject({ state: 'critical', output: 'all is well, GET with wrong' });
  });

  test('fails where the answer is late, as a whole or against its limit', async () => {
    const slow = await served((_request, response) => {
      response.write('a beginning');
      setTimeout(() => response.end('.'), 150).unref();
    });
    expect(await checkOnce(`type: http, url: '${slow}', latency: 50ms`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^answered 200 in \d+ ms, expected within 50 ms$/),
    });
    const never = await served((_request, response) => response.write('a beginning'));
    expect(await checkOnce(`type: http, url: '${never}', timeout: 100ms`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^no whole answer within \d+ ms$/),
    });
  });

  test('fails where nobody is there, and does not know where the fault is this host or the monitor', async () => {
    const port = await freePort();
    expect(await checkOnce(`type: http, url: 'http://127.0.0.1:${port}/'`)).toMatchObject({
      state: 'critical',
    });
    expect(await checkOnce("type: http, url: 'http://nowhere.invalid/'")).toMatchObject({ state: 'unknown' });
    expect(await checkOnce("type: http, url: 'http://169.254.169.254/latest/'")).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('link-local'),
    });
  });

  test('is not held up by an expression that could take for ever', async () => {
    const long = await served((_request, response) => response.end(`${'a'.repeat(40)}!`));
    expect(await checkOnce(`type: http, url: '${long}', matches: '^(a+)+$'`)).toMatchObject({
      state: 'unknown',
      detail: '/^(a+)+$/ took longer than 200 ms on the body',
    });
  });
});
