// What docs/guard-a-client.md shows, as a program.
import { attach } from '@prunella/guard';

export async function overNodeRedis(url: string) {
  // #region node-redis
  const { createClient } = await import('redis');
  const { redisClient } = await import('@prunella/guard/redis');

  const client = createClient({ url });
  client.on('error', () => {}); // node-redis ends a process where nobody listens
  const sessions = attach(redisClient(client), { resource: 'redis/sessions', deadlineMs: 500 });
  await client.connect();

  const visits = await sessions.run((redis) => redis.multi().incr('visits').expire('visits', 60).exec());
  // #endregion
  return { client, sessions, visits };
}

export async function overIoredis(url: string) {
  // #region ioredis
  const { Redis } = await import('ioredis');
  const { ioredisClient } = await import('@prunella/guard/ioredis');

  const client = new Redis(url);
  const sessions = attach(ioredisClient(client), { resource: 'redis/sessions', deadlineMs: 500 });

  const outcome = await sessions.tryRun((redis) => redis.get('visits'));
  const visits = outcome.ok ? Number(outcome.value) : null;
  // #endregion
  return { client, sessions, visits };
}

export async function overHttp(address: string) {
  // #region http
  const { httpService } = await import('@prunella/guard/http');

  const service = httpService(fetch, {
    ping: `${address}/health`,
    isAnswer: (status) => status < 400 || status === 404,
  });
  const orders = attach(service, { resource: 'http/orders', deadlineMs: 2_000 });

  async function orderOf(id: string): Promise<unknown> {
    return orders.run(async (http) => {
      const response = await http.fetch(`${address}/orders/${id}`);
      return response.status === 404 ? null : response.json(); // read inside the call
    });
  }

  async function order(article: string, key: string) {
    return orders.tryRun((http) =>
      http.fetch(`${address}/orders`, {
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: JSON.stringify({ article }),
      }),
    );
  }
  // #endregion
  return { orders, orderOf, order };
}

export async function retryAfter(address: string) {
  const { orders, order } = await overHttp(address);
  // #region retry-after
  const { HttpStatusError } = await import('@prunella/guard/http');

  const outcome = await order('plant', 'o-1');
  if (!outcome.ok && outcome.fault.cause instanceof HttpStatusError) {
    console.warn(outcome.fault.kind, outcome.fault.cause.status, outcome.fault.cause.retryAfterMs);
  }
  // #endregion
  await orders.detach();
}
