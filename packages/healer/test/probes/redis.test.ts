import { createServer } from 'node:net';
import { freePort, type LabRedis, spawnKept, startRedis, waitFor } from '@prunella/labs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeOnce, probeTimed, temporaryFolder } from './outcomes.ts';

const folder = temporaryFolder();
let redis: LabRedis;

beforeAll(async () => {
  redis = await startRedis({ folder: folder.path });
});

afterAll(async () => {
  await redis.stop();
  folder.remove();
});

async function withClient<Answer>(
  use: (client: Redis) => Promise<Answer>,
  options: { readonly password?: string } = {},
): Promise<Answer> {
  const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: 0, ...options });
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

describe('a real Redis', () => {
  test('passes where PING is answered, and no connection is left behind', async () => {
    expect(await probeOnce({ type: 'redis', port: redis.port })).toEqual({
      passed: true,
      detail: expect.stringMatching(/^answered PONG in \d+ ms$/),
    });
    await withClient((client) =>
      waitFor(async () => /^connected_clients:1\r$/m.test(await client.info('clients')), {
        what: 'the probe to hang up',
      }),
    );
  });

  test('stopped, it fails at the limit although its kernel accepts', async () => {
    redis.kill('SIGSTOP');
    try {
      const { outcome, tookMs } = await probeTimed({ type: 'redis', port: redis.port }, 300);
      expect(outcome).toMatchObject({
        passed: false,
        kind: 'timeout',
        detail: expect.stringMatching(/^connected, but no answer within \d+ ms$/),
      });
      expect(tookMs).toBeLessThan(1_500);
    } finally {
      redis.kill('SIGCONT');
    }
  });

  test('that wants a password fails as auth without it, and passes with it', async () => {
    await withClient((client) => client.config('SET', 'requirepass', 'open sesame'));
    try {
      const place = { type: 'redis', port: redis.port } as const;
      expect(await probeOnce(place)).toMatchObject({ passed: false, kind: 'auth' });
      const wrong = await probeOnce({ ...place, password: 'guess' });
      expect(wrong).toMatchObject({ passed: false, kind: 'auth' });
      expect(wrong.detail).not.toContain('guess');
      expect(await probeOnce({ ...place, password: 'open sesame' })).toMatchObject({ passed: true });
      expect(await probeOnce({ ...place, username: 'default', password: 'open sesame' })).toMatchObject({
        passed: true,
      });
    } finally {
      await withClient((client) => client.config('SET', 'requirepass', ''), { password: 'open sesame' });
    }
  });

  test('killed, it is unreachable; started again, it passes', async () => {
    redis.kill('SIGKILL');
    await redis.exited();
    expect(await probeOnce({ type: 'redis', port: redis.port })).toMatchObject({
      passed: false,
      kind: 'unreachable',
    });
    await redis.restart();
    expect(await probeOnce({ type: 'redis', port: redis.port })).toMatchObject({ passed: true });
  });

  test('that is loading its data is starting: to be waited for, not restarted', async () => {
    await withClient(async (client) => {
      for (let count = 0; count < 200; count += 1) await client.set(`key:${count}`, 'v'.repeat(100));
      await client.save();
    });
    const port = await freePort();
    // Redis' own settings for tests: 20 ms for each key, and clients served after each 1,024 bytes loaded.
    const slowly = ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'];
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path];
    const slow = spawnKept('redis-server', [...place, ...slowly], { stdio: 'ignore' });
    try {
      const outcome = await waitFor(
        async () => {
          const seen = await probeOnce({ type: 'redis', port });
          return seen.passed || seen.kind === 'unreachable' ? null : seen;
        },
        { what: 'Redis to say that it is loading' },
      );
      expect(outcome).toMatchObject({ kind: 'starting', detail: expect.stringMatching(/^LOADING /) });
    } finally {
      slow.kill('SIGKILL');
    }
  });
});

test('something else on the port is told as such', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await probeOnce({ type: 'redis', port })).toMatchObject({
      passed: false,
      detail: 'no Redis answers here: got "SSH-2.0-OpenSSH_9.2"',
    });
  } finally {
    server.close();
  }
});
