import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { waitFor } from '@prunella/labs';
import { describe, expect, it, type TestContext } from 'vitest';
import { afterwards, logAt, workshop } from '../healer/workshop.ts';
import { syncPrecedes, watchSystemCalls } from './system-calls.ts';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

/** `prunella up` in a process of its own, with an HTTP backend that tells of each order. */
async function startHealer(...nodeArguments: string[]) {
  const orders: string[] = [];
  const target = createServer((order, answer) => {
    let text = '';
    order.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    order.on('end', () => {
      orders.push(JSON.parse(text).attempt);
      answer.setHeader('content-type', 'application/json').end('{"outcome":"failed","summary":"no"}');
    });
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  afterwards(() => void target.close());
  const { port } = target.address() as AddressInfo;
  const { folder, store } = workshop({
    configuration: `
server: { port: 0 }
resources: { tcp/echo: { nodes: { one: { target: one } } } }
backends:
  http:
    actions:
      restart: { url: 'http://127.0.0.1:${port}/', effect: repairs, highestAutonomy: auto }
`,
    playbook: `
playbook: demo
for: tcp/*
open: { signals: [alert], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder: [{ action: http.restart, autonomy: auto, after: 0s, every: 10m }]
`,
  });
  const child = spawn(
    process.execPath,
    ['--conditions=prunella-source', ...nodeArguments, bin, 'up', '--json'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'close');
  afterwards(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  await once(child.stdout, 'data');
  const socketPath = join(store, 'run', 'healer.sock');
  return {
    pid: child.pid ?? 0,
    orders,
    said: () => said,
    log: () => logAt(socketPath),
    signal: (id: string) => postSignal(socketPath, id),
  };
}

function postSignal(
  socketPath: string,
  id: string,
): Promise<{ status: number; retryAfter: string | undefined; body: unknown }> {
  const signal = {
    id,
    source: 'test',
    type: 'alert',
    resource: 'tcp/echo',
    node: 'one',
    status: 'firing',
    summary: 'x',
  };
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(
      { socketPath, path: '/v1/signals', method: 'POST', headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfter: answer.headers['retry-after'],
            body: JSON.parse(text),
          }),
        );
      },
    );
    call.on('error', reject);
    call.end(JSON.stringify(signal));
  });
}

async function watchOneSignal(context: TestContext, healer: Awaited<ReturnType<typeof startHealer>>) {
  const watch = await watchSystemCalls(context, healer.pid);
  expect(await healer.signal('the-first-one')).toMatchObject({ status: 202, body: { accepted: true } });
  await waitFor(() => (healer.orders.length > 0 ? true : null), { what: 'the order to arrive' }).catch(
    async (error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify((await healer.log()).slice(-3))}`);
    },
  );
  return watch.end();
}

describe('a healer seen from outside', () => {
  it('syncs the log before it acknowledges a signal, and before an order leaves', async (context) => {
    const healer = await startHealer();
    const calls = await watchOneSignal(context, healer);
    expect(syncPrecedes(calls, 'the-first-one', String.raw`\"accepted\":true`)).toEqual({ kept: true });
    const [attempt = ''] = healer.orders;
    // As its name stands in the intent, and as it leaves in the body of the order.
    expect(syncPrecedes(calls, attempt, String.raw`\"attempt\":\"${attempt}`)).toEqual({ kept: true });

    for (const [fault, code] of [
      ['fsync,fdatasync:error=EIO', 'store-failed'],
      ['pwrite64:error=ENOSPC', 'store-full'],
      ['pwrite64:error=EROFS', 'store-'],
    ] as const) {
      const failing = await watchSystemCalls(context, healer.pid, fault);
      const refused = await healer.signal(fault);
      await failing.end();
      expect(refused, fault).toMatchObject({
        status: 503,
        retryAfter: '2',
        body: { type: 'urn:prunella:problem:not-stored' },
      });
      expect(JSON.stringify(refused.body)).toContain(code);
      expect(healer.said(), 'and its operator is told').toContain('could not write to the store');
      await waitFor(async () => ((await healer.signal(fault)).status === 202 ? true : null), {
        what: `the healer to go on after ${fault}`,
      });
    }
    const received = (await healer.log()).flatMap(({ event }) =>
      event.type === 'signal-received' ? [event.signal.id] : [],
    );
    expect(received).toEqual([
      'the-first-one',
      'fsync,fdatasync:error=EIO',
      'pwrite64:error=ENOSPC',
      'pwrite64:error=EROFS',
    ]);
  });

  it('a healer that does not sync would be seen', async (context) => {
    const careless = pathToFileURL(fileURLToPath(new URL('./careless-sqlite.ts', import.meta.url))).href;
    const calls = await watchOneSignal(context, await startHealer('--import', careless));
    expect(syncPrecedes(calls, 'the-first-one', String.raw`\"accepted\":true`)).toEqual({
      kept: false,
      why: expect.stringContaining('the log was not synced'),
    });
  });
});
