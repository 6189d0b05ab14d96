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
