import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { afterwards } from '../healer/workshop.ts';
import { checkOnce, temporaryFolder } from './one-check.ts';

/** Certificates for names, each signed by an authority that lasts 100 days, and valid for so many days. */
function authorityOf(folder: string, days = 100) {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=house',
    '-days',
    `${days}`,
  );
  return (name: string, validDays: number) => {
    openssl(
      'req',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      `${validDays}`,
      '-copy_extensions',
      'copy',
    );
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return { key: read(`${name}.key`), cert: read(`${name}.crt`) + read('ca.crt') };
  };
}

async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
  close(): unknown;
}) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  afterwards(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a monitor of certificates', () => {
  test('counts the days of the one that the asked name gets, and wants it to be trusted', async () => {
    const folder = temporaryFolder();
    const certificate = authorityOf(folder);
    const [shop, old] = [certificate('shop.test', 40), certificate('old.test', 5)];
    const server = createServer({
      ...shop,
      SNICallback: (name, done) => done(null, createSecureContext(name === 'old.test' ? old : shop)),
    });
    const port = await listening(server);
    const ask = (written: string) => checkOnce(`type: tls, host: 127.0.0.1, port: ${port}, ${written}`);
    const caFile = `caFile: '${join(folder, 'ca.crt')}'`;
    expect(await ask(`servername: shop.test, ${caFile}`)).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(
        /^39 days left, shop.test is valid until \d{4}-\d\d-\d\d, seen in \d+ ms$/,
      ),
    });
    expect(await ask(`servername: old.test, ${caFile}`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^4 days left, expected 14: old.test is valid until /),
    });
    expect(await ask(`servername: old.test, daysLeft: 3, ${caFile}`)).toMatchObject({ state: 'ok' });
    expect(await ask(`servername: other.test, ${caFile}`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^the certificate of shop.test is not trusted: it is for other names/),
    });
    expect(await ask('servername: shop.test')).toMatchObject({
      state: 'critical',
      detail: expect.stringContaining('is not trusted: the authority above it is not known here'),
    });
    expect(await ask("servername: shop.test, caFile: '/nowhere.pem'")).toMatchObject({ state: 'unknown' });
  });

  test('counts those above it, too: a chain lasts as long as the first of it to end', async () => {
    const folder = temporaryFolder();
    const server = createServer(authorityOf(folder, 9)('shop.test', 40));
    const port = await listening(server);
    const where = `host: 127.0.0.1, port: ${port}, servername: shop.test`;
    expect(await checkOnce(`type: tls, ${where}, caFile: '${join(folder, 'ca.crt')}'`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^8 days left, expected 14: house is valid until /),
    });
  });

  test('fails where no TLS is spoken, and in time', async () => {
    const port = await listening(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    const where = `host: 127.0.0.1, port: ${port}`;
    expect(await checkOnce(`type: tls, ${where}, timeout: 100ms`)).toMatchObject({
      state: 'critical',
      detail: expect.stringMatching(/^no TLS handshake within \d+ ms$/),
    });
  });
});
