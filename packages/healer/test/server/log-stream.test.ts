import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { waitFor } from '@prunella/labs';
import { createParser } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';
import { operatorToken, serve } from './serve.ts';

/** Reads a stream in the background; `ids` grows. */
function follow(address: string, path: string, headers: Record<string, string> = {}) {
  const client = new AbortController();
  const ids: number[] = [];
  const texts: string[] = [];
  const parser = createParser({
    onEvent: (event) => {
      ids.push(Number(event.id));
      texts.push(event.data);
    },
  });
  const ended = (async () => {
    const response = await fetch(`${address}${path}`, {
      signal: client.signal,
      headers: { authorization: `Bearer ${operatorToken}`, ...headers },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  })().catch(() => {});
  return { ids, texts, ended, stop: () => client.abort() };
}

/** Resolves when the server has seen that whoever sent the next request is gone. */
function firstAnswerClosed(): Promise<void> {
  const started = channel('http.server.request.start');
  return new Promise((resolve) => {
    const hear = (message: unknown) => {
      started.unsubscribe(hear);
      (message as { response: ServerResponse }).response.once('close', resolve);
    };
    started.subscribe(hear);
  });
}

describe('the stream of the log', () => {
  test('begins with the next entry', async () => {
    const { engine, address } = await serve();
    engine.write('postgres/main');
    const stream = follow(address, '/v1/log/stream');
    await waitFor(() => engine.listeners === 1, { what: 'the stream to be open' });
    const entry = engine.write('postgres/main', 'i-1');
    await waitFor(() => stream.ids.length > 0, { what: 'the entry' });
    expect(stream.ids).toEqual([2]);
    expect(JSON.parse(stream.texts[0] ?? '')).toEqual(entry);
    stream.stop();
    await waitFor(() => engine.listeners === 0, { what: 'the stream to let go of the engine' });
  });

  test('goes on from Last-Event-ID without a gap and without a repetition', async () => {
    const { engine, address } = await serve();
    for (let count = 0; count < 2_500; count += 1) engine.write('postgres/main');
    // What happens while history is being read must come after it.
    const read = engine.log.bind(engine);
    let pages = 0;
    engine.log = async (query) => {
      const page = await read(query);
      pages += 1;
      if (pages <= 3) engine.write('postgres/main');
      return page;
    };
    const stream = follow(address, '/v1/log/stream', { 'last-event-id': '100' });
    await waitFor(() => stream.ids.length >= 2_403, { what: 'the whole of it' });
    engine.write('postgres/main');
    await waitFor(() => stream.ids.at(-1) === 2_504, { what: 'the live entry' });
    expect(stream.ids).toEqual(Array.from({ length: 2_404 }, (_, index) => index + 101));
    stream.stop();
  });

  test('sends a long history of large entries to a reader that reads, without a cut', async () => {
    const { engine, address } = await serve();
    const large = `postgres/${'x'.repeat(5_000)}`;
    for (let count = 0; count < 2_000; count += 1) engine.write(large);
    const stream = follow(address, '/v1/log/stream', { 'last-event-id': '0' });
    await waitFor(() => stream.ids.length >= 2_000, { what: 'the whole of it' });
    expect(stream.ids).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    stream.stop();
  });

  test.each(['/v1/log/stream', '/v1/stream'])(
    '%s goes on with the next entry where the log is shorter than the reader knew it, as after a restore',
    async (path) => {
      const { engine, address } = await serve();
      for (let count = 0; count < 3; count += 1) engine.write('postgres/main');
      const stream = follow(address, path, { 'last-event-id': '5000' });
      await waitFor(() => engine.listeners > 0, { what: 'the stream to be open' });
      await waitFor(
        () => {
          engine.write('postgres/main');
          return stream.texts.some((text) => text.includes('"sequence":4,'));
        },
        { what: 'the next entry' },
      );
      stream.stop();
    },
  );

  test('ends also where its reader goes before it has begun', async () => {
    const { engine, address } = await serve({ openRequestLimit: 1 });
    const gone = firstAnswerClosed();
    const read = engine.log.bind(engine);
    let goOn = () => {};
    const asked = new Promise<void>((resolve) => {
      engine.log = async (query) => {
        resolve();
        await new Promise<void>((released) => {
          goOn = released;
        });
        return read(query);
      };
    });
    const stream = follow(address, '/v1/stream');
    await asked;
    stream.stop();
    await stream.ended;
    await gone;
    goOn();
    engine.log = read;
    const next = follow(address, '/v1/stream');
    await waitFor(() => next.texts.length > 0, { what: 'room for another reader' });
    next.stop();
    await waitFor(() => engine.listeners === 0, { what: 'nobody to listen any more' });
  });

  test('leaves room for applications, however many read', async () => {
    const { engine, address, call } = await serve({ openRequestLimit: 3, streamLimit: 2 });
    const readers = [follow(address, '/v1/log/stream'), follow(address, '/v1/log/stream')];
    await waitFor(() => engine.listeners === 2, { what: 'both to be open' });
    for (const path of ['/v1/log/stream', '/v1/stream', '/v1/presence']) {
      const answer = await call(path);
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 429, '5']);
    }
    expect((await call('/v1/directives?instance=a&waitMs=0')).status).toBe(200);
    for (const reader of readers) reader.stop();
    await waitFor(() => engine.listeners === 0, { what: 'both to be gone' });
  });

  test('writes an entry out once for all who read', async () => {
    const { engine, address } = await serve();
    const streams = Array.from({ length: 5 }, () => follow(address, '/v1/log/stream'));
    await waitFor(() => engine.listeners === 5, { what: 'all to be open' });
    let written = 0;
    const event = {
      type: 'healer-started',
      toJSON() {
        written += 1;
        return { type: 'healer-started' };
      },
    } as const;
    engine.writeEvent('postgres/main', event);
    await waitFor(() => streams.every(({ ids }) => ids.length === 1), { what: 'each to hear of it' });
    expect(written).toBe(1);
    for (const stream of streams) stream.stop();
  });

  test('tells of one incident where asked to', async () => {
    const { engine, address } = await serve();
    engine.write('postgres/main', 'i-1');
    engine.write('redis/cache', 'i-2');
    const stream = follow(address, '/v1/log/stream?incident=i-2&after=0');
    await waitFor(() => stream.ids.length === 1, { what: 'the entry of the past' });
    engine.write('postgres/main', 'i-1');
    engine.write('redis/cache', 'i-2');
    await waitFor(() => stream.ids.length === 2, { what: 'the live entry' });
    expect(stream.ids).toEqual([2, 4]);
    stream.stop();
  });

  test('ends when the server closes', async () => {
    const { engine, server, address } = await serve();
    const stream = follow(address, '/v1/log/stream');
    await waitFor(() => engine.listeners === 1, { what: 'the stream to be open' });
    await server.close();
    await stream.ended;
    expect(engine.listeners).toBe(0);
  });

  test('a reader that does not read is cut, and the engine never waits for it', async () => {
    const { engine, address } = await serve();
    const { connect } = await import('node:net');
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write(`GET /v1/log/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${operatorToken}\r\n\r\n`);
    await waitFor(() => engine.listeners === 1, { what: 'the stream to be open' });
    const large = `postgres/${'x'.repeat(10_000)}`;
    await waitFor(
      () => {
        for (let count = 0; count < 100; count += 1) engine.write(large);
        return engine.listeners === 0;
      },
      { what: 'the slow reader to be cut' },
    );
    socket.destroy();
  });
});
