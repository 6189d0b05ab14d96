import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPageFiles } from '../../src/page/page-files.ts';
import { pageRoutes } from '../../src/page/page-routes.ts';

let folder: string;
let app: FastifyInstance;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prunella-page-'));
  writeFileSync(join(folder, 'secret.js'), 'not for anybody');
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  app = Fastify();
  pageRoutes(app, () => readPageFiles(join(folder, 'page')));
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const script = `console.log(${JSON.stringify('prunella '.repeat(200))});`;

function build(): void {
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'page', 'assets', 'index-abc.js'), script);
  writeFileSync(join(folder, 'page', 'assets', 'notes.txt'), 'not a part of the page');
}

/** Sends the path as it is: `fetch` would tidy it. */
function rawStatus(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  test('is the same file at the address of each view, under a strict policy', async () => {
    build();
    for (const url of [
      '/',
      '/incidents',
      '/incidents/postgres%2Fmain-1',
      '/resources/postgres/main',
      '/playbooks/a',
    ]) {
      const answer = await app.inject({ url });
      expect(answer.statusCode, url).toBe(200);
      expect(answer.body).toContain('<title>page</title>');
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-cache');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
  });

  test('has files that are kept for ever, packed for whom that is right', async () => {
    build();
    const plain = await app.inject({ url: '/assets/index-abc.js' });
    expect(plain.body).toBe(script);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const packed = await app.inject({
      url: '/assets/index-abc.js',
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.rawPayload.length).toBeLessThan(script.length / 2);
    const refused = await app.inject({
      url: '/assets/index-abc.js',
      headers: { 'accept-encoding': 'gzip;q=0' },
    });
    expect(refused.body).toBe(script);
  });

  test('is not sent again to whoever has it', async () => {
    build();
    const { etag } = (await app.inject({ url: '/' })).headers;
    const again = await app.inject({ url: '/', headers: { 'if-none-match': `W/"other", ${etag}` } });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
    const other = await app.inject({ url: '/', headers: { 'if-none-match': '"other"' } });
    expect(other.statusCode).toBe(200);
  });

  test('leads to no other file, however the path is written', async () => {
    build();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    expect(await rawStatus(port, '/assets/index-abc.js')).toBe(200);
    for (const path of [
      '/assets/notes.txt',
      '/assets/../secret.js',
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e/%2e%2e/secret.js',
      '/assets/..%5c..%5csecret.js',
      '/assets/index-abc.js%00.css',
      '/assets//etc/passwd',
      '/secret.js',
    ]) {
      expect(await rawStatus(port, path), path).toBeGreaterThanOrEqual(400);
    }
  });

  test('that is not built says how it is built, and is there once it is', async () => {
    const missing = await app.inject({ url: '/' });
    expect(missing.statusCode).toBeGreaterThanOrEqual(500);
    expect(missing.body).toContain('npm run page');
    build();
    expect((await app.inject({ url: '/' })).statusCode).toBe(200);
  });
});
