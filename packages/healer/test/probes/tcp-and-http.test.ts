import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { freePort, waitFor } from '@prunella/labs';
import { afterEach, describe, expect, test } from 'vitest';
import { createProbe } from '../../src/probes/create-probe.ts';
import { probeOnce, probeTimed } from './outcomes.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

describe('tcp', () => {
  test('passes where a connection is accepted, and leaves none behind', async () => {
    const server = createServer((socket) => socket.resume());
    const port = await listen(server);
    expect(await probeOnce({ type: 'tcp', port })).toEqual({
      passed: true,
      detail: expect.stringMatching(/^connected in \d+ ms$/),
    });
    await waitFor(async () => (await connectionsOf(server)) === 0, { what: 'the probe to hang up' });
  });

  test('a closed port is unreachable', async () => {
    expect(await probeOnce({ type: 'tcp', port: await freePort() })).toMatchObject({
      passed: false,
      kind: 'unreachable',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a host name that does not resolve is a fault of this host', async () => {
    expect(await probeOnce({ type: 'tcp', host: 'nowhere.invalid', port: 1 })).toMatchObject({
      passed: false,
      kind: 'local',
    });
  });

  test('a signal that is aborted already gives a failure, not a hang', async () => {
    const server = createServer();
    const port = await listen(server);
    const probe = createProbe({ type: 'tcp', host: '127.0.0.1', port });
    expect(await probe.run(AbortSignal.abort())).toMatchObject({ passed: false, kind: 'timeout' });
  });
});

describe('http', () => {
  test('passes on a status of 200 to 299 and leaves no connection behind', async () => {
    const server = createHttpServer((_request, response) => response.end('x'.repeat(1_000_000)));
    const port = await listen(server);
    expect(await probeOnce({ type: 'http', url: `http://127.0.0.1:${port}/health` })).toEqual({
      passed: true,
      detail: expect.stringMatching(/^answered 200 in \d+ ms$/),
    });
    await waitFor(async () => (await connectionsOf(server)) === 0, { what: 'the probe to hang up' });
  });

  test('fails on another status and names both', async () => {
    const port = await listen(createHttpServer((_request, response) => response.writeHead(503).end()));
    expect(await probeOnce({ type: 'http', url: `http://127.0.0.1:${port}` })).toMatchObject({
      passed: false,
      detail: 'answered 503, expected 200 to 299',
    });
  });

  test('passes on the status codes that are written, and on no other', async () => {
    const port = await listen(createHttpServer((_request, response) => response.writeHead(401).end()));
    const url = `http://127.0.0.1:${port}`;
    expect(await probeOnce({ type: 'http', url, status: [401] })).toMatchObject({ passed: true });
    expect(await probeOnce({ type: 'http', url, status: [200, 204] })).toMatchObject({
      passed: false,
      detail: 'answered 401, expected 200 or 204',
    });
  });

  test('a server that never answers is a timeout, at the limit', async () => {
    const port = await listen(createHttpServer(() => {}));
    const { outcome, tookMs } = await probeTimed({ type: 'http', url: `http://127.0.0.1:${port}` }, 200);
    expect(outcome).toMatchObject({ passed: false, kind: 'timeout' });
    expect(tookMs).toBeLessThan(1_500);
  });
});
