import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy, waitFor } from '../src/index.ts';

/** What one end of a connection has met. */
interface End {
  readonly socket: Socket;
  received: string;
  ended: boolean;
  error: string | null;
}

let server: Server;
let proxy: FaultProxy;
let serverEnds: End[] = [];
let clients: Socket[] = [];

function follow(socket: Socket): End {
  const end: End = { socket, received: '', ended: false, error: null };
  socket.on('data', (data) => {
    end.received += data.toString('latin1');
  });
  socket.on('end', () => {
    end.ended = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end.error = error.code ?? error.message;
  });
  return end;
}

beforeEach(async () => {
  serverEnds = [];
  clients = [];
  server = createServer({ allowHalfOpen: true }, (socket) => serverEnds.push(follow(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ targetPort: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.stop();
  for (const socket of clients) socket.destroy();
  for (const { socket } of serverEnds) socket.destroy();
  server.close();
});

/** A client and the server's end of the same connection. */
async function connected(): Promise<{ client: End; served: End }> {
  const number = serverEnds.length;
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  const client = follow(socket);
  const served = await waitFor(() => serverEnds[number], { what: 'the connection to be passed on' });
  return { client, served };
}

const received = (end: End, text: string) =>
  waitFor(() => end.received === text, { what: `${text} to arrive` });

describe('a fault proxy', () => {
  it('without a fault passes bytes and both ends', async () => {
    const { client, served } = await connected();
    client.socket.write('question');
    await received(served, 'question');
    served.socket.end('answer');
    await received(client, 'answer');
    await waitFor(() => client.ended, { what: 'the end' });
    client.socket.end();
    await waitFor(() => proxy.connections === 0, { what: 'both ends' });
    expect(proxy.accepted).toBe(1);
  });

  it('resets open connections and new ones, at both ends', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'reset' });
    await waitFor(() => client.error, { what: 'the reset of the client' });
    await waitFor(() => served.error, { what: 'the reset of the server' });
    expect([client.error, served.error]).toEqual(['ECONNRESET', 'ECONNRESET']);
    const late = follow(connect({ port: proxy.port, host: '127.0.0.1' }));
    await waitFor(() => late.error === 'ECONNRESET', { what: 'the reset of a new one' });
    await proxy.normal();
    const next = await connected();
    next.client.socket.write('again');
    await received(next.served, 'again');
  });

  it('resets in the middle of an answer', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'reset', afterBytes: 10 }, 'to-client');
    served.socket.write('0123456');
    await received(client, '0123456');
    served.socket.write('789abcdef');
    await waitFor(() => client.error, { what: 'the reset' });
    expect('0123456789'.startsWith(client.received)).toBe(true);
  });

  it('holds bytes and ends in a black hole, and lets them go when it is over', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'black-hole' }, 'to-client');
    client.socket.write('question');
    await received(served, 'question');
    served.socket.end('answer');
    await waitFor(() => served.socket.writableFinished, { what: 'the answer to be sent' });
    served.socket.resetAndDestroy();
    expect(client).toMatchObject({ received: '', ended: false, error: null });
    const other = await connected();
    other.served.socket.write('of another');
    other.client.socket.write('asked');
    await received(other.served, 'asked');
    expect(other.client.received).toBe('');
    await proxy.normal();
    await received(other.client, 'of another');
  });

  it('keeps little of what it holds, so that the sender is held back', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'black-hole' }, 'to-server');
    const block = 'x'.repeat(1_000_000);
    let blocks = 0;
    while (client.socket.write(block) || (await drained(client.socket))) blocks++;
    expect(served.received).toBe('');
    expect(blocks).toBeLessThan(30);
    await proxy.normal();
    await waitFor(() => served.received.length === (blocks + 1) * block.length, { what: 'all of it' });
  });

  it('drips', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'slow-drip', bytes: 2, everyMs: 30 }, 'to-client');
    const sizes: number[] = [];
    client.socket.on('data', (data) => sizes.push(data.length));
    const began = performance.now();
    served.socket.end('01234567');
    await received(client, '01234567');
    await waitFor(() => client.ended, { what: 'the end' });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    expect(performance.now() - began).toBeGreaterThan(80);
  });

  it('half-closes: one way ends, the other goes on', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'half-close' }, 'to-client');
    await waitFor(() => client.ended, { what: 'the end' });
    client.socket.write('still here');
    await received(served, 'still here');
    served.socket.write('lost');
    expect(client).toMatchObject({ received: '', error: null });
  });

  it('delays one way, in order', async () => {
    const { client, served } = await connected();
    proxy.fault({ kind: 'latency', latencyMs: 40, jitterMs: 40 }, 'to-server');
    const began = performance.now();
    for (const part of ['a', 'b', 'c', 'd']) client.socket.write(part);
    await received(served, 'abcd');
    expect(performance.now() - began).toBeGreaterThan(35);
    served.socket.write('at once');
    await received(client, 'at once');
  });

  it('refuses new connections and leaves open ones, until it is normal again', async () => {
    const { client, served } = await connected();
    await proxy.refuse();
    const late = follow(connect({ port: proxy.port, host: '127.0.0.1' }));
    await waitFor(() => late.error === 'ECONNREFUSED', { what: 'the refusal' });
    client.socket.write('through');
    await received(served, 'through');
    await proxy.normal();
    await connected();
  });

  it('resets a client whose server cannot be reached', async () => {
    server.close();
    const late = follow(connect({ port: proxy.port, host: '127.0.0.1' }));
    await waitFor(() => late.error === 'ECONNRESET', { what: 'the reset' });
    await waitFor(() => proxy.connections === 0, { what: 'its end' });
  });
});

/** False where the receiver takes no more. */
function drained(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 300);
    socket.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
