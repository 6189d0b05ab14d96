import { connect } from 'node:net';
import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { StoppingError } from '../../src/engine/commit-loop.ts';
import { sourcesConfiguration } from '../../src/sources/configuration.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';
import { rawRequest } from '../access/raw-request.ts';
import { afterwards } from '../healer/workshop.ts';
import { reporterToken, serve } from './serve.ts';

const signal = {
  id: '1',
  source: 'alerts',
  type: 'alert',
  resource: 'postgres/main',
  status: 'firing',
  summary: 'down',
};

interface Refusal {
  readonly status: number;
  readonly detail: string;
}

/** A request whose body is announced and never comes. */
async function stall(address: string, announced: string, path = '/v1/reports', from = '127.0.0.1') {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  afterwards(() => {
    socket.destroy();
  });
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${reporterToken}\r\ncontent-type: application/json\r\n${announced}\r\n\r\n`,
  );
  return { end: () => socket.destroy(), answer: () => answer };
}

describe('more than is taken in at one moment', () => {
  test('by number: 429 with Retry-After, while polls pass; once there is room again it is taken', async () => {
    const { address, post, call } = await serve({ intake: { requests: 2 } });
    const [first] = [await stall(address, 'content-length: 10'), await stall(address, 'content-length: 10')];
    const turnedAway = await waitFor(
      async () => {
        const answer = await post('/v1/reports', { reports: [] }, reporterToken);
        return answer.status === 429 ? answer : null;
      },
      { what: 'both requests to be there' },
    );
    expect(turnedAway.headers.get('retry-after')).toBe('1');
    expect(await turnedAway.json()).toMatchObject({ type: 'urn:prunella:problem:overloaded', status: 429 });
    expect((await call('/v1/directives?instance=a&waitMs=0', { token: reporterToken })).status).toBe(200);
    first?.end();
    await waitFor(
      async () => ((await post('/v1/reports', { reports: [] }, reporterToken)).status === 202 ? true : null),
      { what: 'room' },
    );
  });

  test.each(['content-length: 900', 'transfer-encoding: chunked'])(
    'by bytes, as announced (%s)',
    async (announced) => {
      const { address, post } = await serve({ intake: { bytes: 1_000 }, bodyLimitBytes: 990 });
      await stall(address, announced);
      await waitFor(
        async () => {
          const large = { reports: [], padding: 'x'.repeat(300) };
          return (await post('/v1/reports', large, reporterToken)).status === 429 ? true : null;
        },
        { what: 'a request that does not fit any more' },
      );
    },
  );

  test('from strangers, who show no token: it takes room from nobody else', async () => {
    const { address, post } = await serve({ backends: [], strangers: { requests: 2 } });
    await stall(address, 'content-length: 10', '/v1/callbacks/a-1');
    await stall(address, 'content-length: 10', '/v1/session');
    await waitFor(async () => ((await post('/v1/callbacks/a-1', {}, '')).status === 429 ? true : null), {
      what: 'both to be there',
    });
    expect((await post('/v1/reports', { reports: [] }, reporterToken)).status).toBe(202);
    expect((await post('/v1/pause', {})).status).toBe(200);
  });

  test('from strangers, by their routes: a body of unknown length counts as the longest of its route', async () => {
    const { address, post } = await serve({ strangers: { requests: 3, bytes: 3 * 4_096 } });
    const opened = [];
    for (let times = 0; times < 3; times += 1) {
      opened.push(await stall(address, 'transfer-encoding: chunked', '/v1/session'));
    }
    await waitFor(
      async () => {
        const { status, detail } = (await (await post('/v1/session', {}, '')).json()) as Refusal;
        return status === 429 ? detail : null;
      },
      { what: 'all three to be there' },
    ).then((detail) => expect(detail).toContain('3 requests with 12288 bytes are being taken in'));
    expect(opened.map(({ answer }) => answer())).toEqual(['', '', '']);
  });

  test('from strangers at one address: it takes room from none elsewhere, and comes back', async () => {
    const { address } = await serve({ backends: [] });
    const from = (place: string) =>
      rawRequest(address, '/v1/session', { body: { token: 'guess' }, from: place });
    const opened = [];
    for (let times = 0; times < 16; times += 1) {
      opened.push(await stall(address, 'transfer-encoding: chunked', '/v1/callbacks/a-1'));
    }
    const refused = await waitFor(
      async () => {
        const answer = await from('127.0.0.1');
        return answer.status === 429 ? answer : null;
      },
      { what: 'all sixteen to be there' },
    );
    expect(refused.json).toMatchObject({ detail: expect.stringContaining('from this address') });
    expect((await from('127.0.0.2')).status).toBe(401);
    for (const { end } of opened) end();
    await waitFor(async () => ((await from('127.0.0.1')).status === 401 ? true : null), { what: 'room' });
  });

  test('with a signature and no token: it is a stranger until that is looked at', async () => {
    const sources = new SourceDesk({}, new SourceCounts());
    const secret = { file: '/dev/null' };
    sources.configure(
      sourcesConfiguration({ folder: '/' }).parse({
        hook: { type: 'webhook', signature: { header: 'x-s', secret }, map: { resource: 'body.a' } },
      }),
    );
    const { address, post } = await serve({ sources, intake: { requests: 2 }, strangers: { requests: 2 } });
    const path = '/v1/sources/webhook/hook';
    await stall(address, 'content-length: 10', path);
    await stall(address, 'content-length: 10', path);
    await waitFor(async () => ((await post(path, {}, '')).status === 429 ? true : null), {
      what: 'both to be there',
    });
    expect((await post('/v1/reports', { reports: [] }, reporterToken)).status).toBe(202);
  });

  test('does not take room from people', async () => {
    const { address, post } = await serve({ intake: { requests: 1 } });
    await stall(address, 'content-length: 10');
    await waitFor(
      async () => ((await post('/v1/signals', signal, reporterToken)).status === 429 ? true : null),
      { what: 'the place to be taken' },
    );
    expect((await post('/v1/pause', {})).status).toBe(200);
  });
});

describe('a signal that the engine has no time for', () => {
  test('is answered 429 where too much waits, and 503 where it stops, both with when to come again', async () => {
    const { engine, post } = await serve();
    engine.receipt = { accepted: false, reason: 'much waits', later: 'busy' };
    const busy = await post('/v1/signals', signal);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1']);
    engine.receipt = { accepted: false, reason: 'it stops', later: 'stopping' };
    const stopping = await post('/v1/signals', signal);
    expect([stopping.status, stopping.headers.get('retry-after')]).toEqual([503, '5']);
    engine.receipt = { accepted: false, reason: 'no playbook' };
    expect((await post('/v1/signals', signal)).status).toBe(422);
  });
});

test('a pause that comes too late for the healer is answered 503, and is no fault of it', async () => {
  const failures: unknown[] = [];
  const { engine, post } = await serve({ onFailure: (error) => failures.push(error) });
  engine.pause = async () => {
    throw new StoppingError();
  };
  const answer = await post('/v1/pause', {});
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(failures).toEqual([]);
});

test('what is being carried out when the healer stops is answered', async () => {
  const { engine, server, post } = await serve();
  let end = () => {};
  const begun = new Promise<void>((resolve) => {
    engine.pause = () => {
      resolve();
      return new Promise((ended) => {
        end = ended;
      });
    };
  });
  const answer = post('/v1/pause', { reason: 'a storm' });
  await begun;
  const closed = server.close();
  setImmediate(() => setImmediate(end));
  expect((await answer).status).toBe(200);
  await closed;
});

test('who is never answered, or never sends the rest, does not keep the healer from stopping', async () => {
  const { engine, server, address, post } = await serve({ closeWithinMs: 200 });
  const asked = new Promise<void>((resolve) => {
    engine.pause = () => {
      resolve();
      return new Promise(() => {});
    };
  });
  const answer = post('/v1/pause', {}).catch(() => 'cut');
  await stall(address, 'content-length: 10');
  await asked;
  await server.close();
  expect(await answer).toBe('cut');
});

test('a stream is told when the healer stops', async () => {
  const { server, engine, call } = await serve();
  const response = await call('/v1/log/stream');
  await waitFor(() => engine.listeners === 1, { what: 'the stream to be open' });
  const text = response.text();
  await server.close();
  expect(await text).toMatch(/: the healer stops\n\n$/);
});
