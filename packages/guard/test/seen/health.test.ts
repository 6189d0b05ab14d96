import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { attach, type Guard, OptionError } from '@prunella/guard';
import { fastifyHealth, type HealthOptions, health, honoHealth, nodeHealth } from '@prunella/guard/health';
import { degradedWrites } from '@prunella/guard/writes';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { ask } from '../runtime/guarded.ts';
import { StandInAdapter, type StandInHandle } from '../runtime/stand-in-adapter.ts';

const attached: Guard<StandInHandle>[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(attached.splice(0).map((guard) => guard.detach()));
  for (const server of servers.splice(0)) server.close();
});

function guarded(resource: string) {
  const adapter = new StandInAdapter();
  const guard = attach(adapter, { resource, reconnect: { baseMs: 60_000 }, random: () => 0.5 });
  attached.push(guard);
  return { adapter, guard };
}

async function sick(resource: string) {
  const made = guarded(resource);
  made.adapter.serves = 'unreachable';
  await made.guard.tryRun(ask);
  return made;
}

async function addressOf(server: Server): Promise<string> {
  servers.push(server);
  if (!server.listening) await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the health of a process', () => {
  test('is ok before the first call, and while all is well', async () => {
    const look = health();
    const { guard } = guarded('postgres/main');
    expect(look()).toMatchObject({
      status: 'ok',
      resources: [{ resource: 'postgres/main', condition: 'unknown', required: false }],
    });
    await guard.run(ask);
    expect(look()).toMatchObject({ status: 'ok', resources: [{ condition: 'ok' }] });
  });

  test('is degraded while a resource is down that it can do without', async () => {
    await sick('postgres/main');
    guarded('redis/cache');
    expect(health()()).toMatchObject({
      status: 'degraded',
      resources: [
        { resource: 'postgres/main', condition: 'down', fault: 'unreachable' },
        { resource: 'redis/cache', condition: 'unknown' },
      ],
    });
  });

  test('is down while a resource is down that it requires, or that nobody guards', async () => {
    await sick('postgres/main');
    expect(health({ required: ['postgres/main'] })()).toMatchObject({
      status: 'down',
      resources: [{ condition: 'down', required: true }],
    });
    expect(health({ required: ['postgres/mian'] })()).toMatchObject({
      status: 'down',
      resources: [
        { resource: 'postgres/main', required: false },
        { resource: 'postgres/mian', condition: 'unknown', required: true },
      ],
    });
  });

  test('misses none of many resources, although a report carries only the 256 sickest', async () => {
    for (let count = 0; count < 300; count++) await sick(`postgres/${count}`);
    const { guard } = guarded('postgres/main');
    await guard.run(ask);
    const now = health({ required: ['postgres/main'] })();
    expect([now.status, now.resources.length]).toEqual(['degraded', 301]);
  });

  test('tells of reads from the cache and of writes that wait, and no text of an error', async () => {
    const { guard, adapter } = guarded('postgres/main');
    const writes = degradedWrites(guard);
    const read = () => guard.read({ key: 'monitor:1', load: ask });
    await read();
    adapter.serves = 'unreachable';
    await read();
    await writes.write({ key: 'monitor:1', payload: 1, apply: ask });
    const [resource] = health()().resources;
    expect(resource).toMatchObject({ cacheOnlyAgeMs: expect.any(Number), waitingWrites: 1 });
    expect(JSON.stringify(health()())).not.toContain('stand-in unreachable');
  });

  test.each([
    ['{"required":"postgres/main"}', 'option required: given "postgres/main"; allowed: a list of names'],
    ['{"required":["main"]}', 'option required: given an array; allowed: a list of names of resources'],
    ['{"require":[]}', 'option require: given "an unknown name"; allowed: required'],
  ])('refuses the options %s at once', (options, text) => {
    const make = () => nodeHealth(JSON.parse(options));
    expect(make).toThrow(OptionError);
    expect(make).toThrow(text);
  });
});

type Fetch = (method?: string) => Promise<Response>;
const frameworks: readonly [
  string,
  (options: HealthOptions) => Promise<{ ask: Fetch; end(): Promise<unknown> }>,
][] = [
  [
    'node:http',
    async (options) => {
      const address = await addressOf(createServer(nodeHealth(options)).listen(0, '127.0.0.1'));
      return { ask: (method = 'GET') => fetch(address, { method }), end: async () => {} };
    },
  ],
  [
    'Express',
    async (options) => {
      const app = express().get('/health', nodeHealth(options));
      const address = await addressOf(app.listen(0, '127.0.0.1'));
      return { ask: (method = 'GET') => fetch(`${address}/health`, { method }), end: async () => {} };
    },
  ],
  [
    'Fastify',
    async (options) => {
      const app = fastify().get('/health', fastifyHealth(options));
      const address = await app.listen({ port: 0, host: '127.0.0.1' });
      return { ask: (method = 'GET') => fetch(`${address}/health`, { method }), end: () => app.close() };
    },
  ],
  [
    'Hono',
    async (options) => {
      const app = new Hono().get('/health', honoHealth(options));
      return { ask: async (method = 'GET') => app.request('/health', { method }), end: async () => {} };
    },
  ],
];

describe.each(frameworks)('the health page of %s', (_name, start) => {
  test('answers 200 while ok and degraded, 503 while down, and is not cached', async () => {
    const { adapter, guard } = guarded('postgres/main');
    const calm = await start({});
    const strict = await start({ required: ['postgres/main'] });
    try {
      await guard.run(ask);
      const ok = await strict.ask();
      expect([ok.status, ok.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(ok.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await ok.json()).toMatchObject({ status: 'ok', resources: [{ condition: 'ok' }] });
      adapter.serves = 'unreachable';
      while (guard.condition !== 'down') await guard.tryRun(ask);
      const degraded = await calm.ask();
      expect(degraded.status).toBe(200);
      expect(await degraded.json()).toMatchObject({ status: 'degraded' });
      const down = await strict.ask();
      expect(down.status).toBe(503);
      expect(await down.json()).toMatchObject({ status: 'down' });
      const head = await strict.ask('HEAD');
      expect([head.status, await head.text()]).toEqual([503, '']);
    } finally {
      await Promise.all([calm.end(), strict.end()]);
    }
  });
});
