import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis, freePort, type LabRedis, startRedis } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from './checking-an-adapter.ts';
import { overHttp, overIoredis, overNodeRedis, retryAfter } from './guard-a-client.ts';
import { regionsOf, snippetsOf } from './snippets.ts';

it.each([
  ['guard-a-client', ['guard-a-client']],
  ['writing-an-adapter', ['writing-an-adapter', 'checking-an-adapter']],
])('docs/%s.md shows only what is run here', (page, programs) => {
  const snippets = snippetsOf(`${page}.md`);
  expect(snippets.length).toBeGreaterThan(3);
  const regions = programs.flatMap((program) => regionsOf(`./${program}.ts`));
  for (const snippet of snippets) expect(regions).toContain(snippet);
});

describe('the adapter of the page', () => run(it));

describe('the clients of the page', () => {
  let folder: string;
  let redis: LabRedis;
  beforeAll(async () => {
    await ensureRedis();
    folder = await mkdtemp(join(tmpdir(), 'prunella-documents-'));
    redis = await startRedis({ folder });
  }, 120_000);
  afterAll(async () => {
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are guarded over both Redis drivers', async () => {
    const node = await overNodeRedis(redis.url);
    expect(node.visits).toEqual([1, 1]);
    const io = await overIoredis(redis.url);
    expect(io.visits).toBe(1);
    await Promise.all([node.sessions.detach(), io.sessions.detach()]);
    node.client.destroy();
    io.client.disconnect();
  });

  it('are guarded over HTTP', async () => {
    const keys: unknown[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.writeHead(request.url === '/orders/o-2' ? 404 : status, { 'retry-after': '3' });
      response.end('{"article":"plant"}');
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${port}`;
    const { orders, order, orderOf } = await overHttp(address);
    expect([await orderOf('o-1'), await orderOf('o-2')]).toEqual([{ article: 'plant' }, null]);
    expect(await order('plant', 'o-3')).toMatchObject({ ok: true });
    expect(keys.at(-1)).toBe('o-3');
    status = 503;
    expect(await order('plant', 'o-4')).toMatchObject({
      fault: { kind: 'overloaded', outcomeUnknown: false },
    });
    await orders.detach();
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await retryAfter(address);
    expect(warned).toHaveBeenCalledWith('overloaded', 503, 3_000);
    server.closeAllConnections();
    server.close();
  });
});
