import type { Explanation } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { createParser } from 'eventsource-parser';
import { expect, onTestFinished, test } from 'vitest';
import { operatorToken, serve } from './serve.ts';

interface Heard {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** Reads a stream in the background. */
function follow(address: string, path = '/v1/stream', headers: Record<string, string> = {}) {
  const client = new AbortController();
  onTestFinished(() => client.abort());
  const heard: Heard[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => heard.push({ event, id, data: JSON.parse(data) }),
  });
  const read = async () => {
    const response = await fetch(`${address}${path}`, {
      signal: client.signal,
      headers: { authorization: `Bearer ${operatorToken}`, ...headers },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  read().catch(() => {});
  const named = (name: string) => heard.filter(({ event }) => event === name);
  const first = (name: string) =>
    waitFor(() => named(name)[0] !== undefined, { what: `the first ${name}` }).then(
      () => named(name)[0]?.data,
    );
  return { heard, named, first, stop: () => client.abort() };
}

function explanation(resource: string, state: Explanation['state'], reason = 'its numbers'): Explanation {
  return {
    resource,
    state,
    since: 1,
    firstFaultAt: null,
    incident: null,
    reason,
    lastFault: null,
    impact: 'nobody',
    next: { what: 'wait', at: null },
    remedies: [],
  };
}

test('a reader is first told what is not ok, the most urgent first, and how many there are of each state', async () => {
  const { engine, address } = await serve();
  const open = explanation('postgres/main', 'open');
  const exhausted = explanation('redis/cache', 'exhausted');
  engine.explanations = [open, explanation('postgres/other', 'ok'), exhausted];
  expect(await follow(address).first('now')).toEqual({
    paused: null,
    refusedConfiguration: null,
    deadChannels: [],
    states: { open: 1, ok: 1, exhausted: 1 },
    explanations: [exhausted, open],
    more: 0,
  });
});

test('of many that are not ok the first event holds some, and says how many it leaves out', async () => {
  const { engine, address } = await serve();
  engine.explanations = Array.from({ length: 600 }, (_, index) => explanation(`postgres/p${index}`, 'open'));
  const now = await follow(address).first('now');
  expect(now).toMatchObject({ states: { open: 600 }, more: 100 });
  expect(now?.['explanations']).toHaveLength(500);
});

test('an explanation that changed is told, and one that did not is not', async () => {
  const { engine, address } = await serve();
  engine.explanations = [explanation('postgres/main', 'open'), explanation('redis/cache', 'open')];
  const stream = follow(address);
  await stream.first('now');
  const mended = explanation('postgres/main', 'ok');
  engine.explanations = [mended, explanation('redis/cache', 'open')];
  engine.write('redis/cache');
  engine.write('postgres/main');
  expect(await stream.first('fleet')).toMatchObject({ states: { ok: 1, open: 1 } });
  expect(stream.named('explanation').map(({ data }) => data)).toEqual([mended]);
  expect(stream.named('log')).toHaveLength(2);
});

test('readers are told together: the work does not grow with their number', async () => {
  const { engine, address } = await serve();
  engine.explanations = [explanation('postgres/main', 'open')];
  const streams = Array.from({ length: 5 }, () => follow(address));
  for (const stream of streams) await stream.first('now');
  const before = engine.explained;
  engine.explanations = [explanation('postgres/main', 'exhausted')];
  engine.write('postgres/main');
  for (const stream of streams) await stream.first('explanation');
  expect([before, engine.explained - before]).toEqual([1, 1]);
});

test('a pause of everything is told at once', async () => {
  const { engine, address, post } = await serve();
  const stream = follow(address);
  await stream.first('now');
  await post('/v1/pause', { reason: 'a storm' });
  engine.writeEvent('*', { type: 'kill-switch', paused: true, by: 'anna', reason: 'a storm' });
  expect(await stream.first('fleet')).toMatchObject({ paused: { by: 'anna', reason: 'a storm' } });
});

test('the log goes on from Last-Event-ID', async () => {
  const { engine, address } = await serve();
  for (let count = 0; count < 3; count += 1) engine.write('postgres/main');
  const stream = follow(address, '/v1/stream', { 'last-event-id': '1' });
  await waitFor(() => stream.named('log').length === 2, { what: 'what was missed' });
  engine.write('postgres/main');
  await waitFor(() => stream.named('log').length === 3, { what: 'what is new' });
  expect(stream.named('log').map(({ id }) => id)).toEqual(['2', '3', '4']);
});

test('who comes back before the first entry was heard misses none', async () => {
  const { engine, address } = await serve();
  for (let count = 0; count < 3; count += 1) engine.write('postgres/main');
  const first = follow(address);
  await first.first('now');
  const [now] = first.named('now');
  first.stop();
  engine.write('postgres/main');
  const second = follow(address, '/v1/stream', { 'last-event-id': now?.id ?? '' });
  await waitFor(() => second.named('log').length === 1, { what: 'what was missed' });
  expect([now?.id, second.named('now')[0]?.id, second.named('log')[0]?.id]).toEqual(['3', undefined, '4']);
});

test('who heard more than the log holds, as after a restore, hears what is written next', async () => {
  const { engine, address } = await serve();
  for (let count = 0; count < 3; count += 1) engine.write('postgres/main');
  const stream = follow(address, '/v1/stream', { 'last-event-id': '900' });
  await stream.first('now');
  engine.write('postgres/main');
  await waitFor(() => stream.named('log').length === 1, { what: 'what is new' });
  expect([stream.named('now')[0]?.id, stream.named('log')[0]?.id]).toEqual(['3', '4']);
});

test('one resource can be followed, and the log be left out', async () => {
  const { engine, address } = await serve();
  engine.explanations = [explanation('postgres/main', 'open'), explanation('redis/cache', 'open')];
  const stream = follow(address, '/v1/stream?resource=postgres/main&log=false');
  expect(await stream.first('now')).toMatchObject({ explanations: [{ resource: 'postgres/main' }] });
  const exhausted = ['redis/cache', 'postgres/main'].map((resource) => explanation(resource, 'exhausted'));
  engine.explanations = exhausted;
  for (const { resource } of exhausted) engine.write(resource);
  await stream.first('fleet');
  expect(stream.named('explanation').map(({ data }) => data['resource'])).toEqual(['postgres/main']);
  expect(stream.named('log')).toEqual([]);
});

test('nothing is watched when the last reader is gone', async () => {
  const { engine, address } = await serve();
  const stream = follow(address);
  await stream.first('now');
  expect(engine.listeners).toBe(2);
  stream.stop();
  await waitFor(() => engine.listeners === 0, { what: 'the feed to let go of the engine' });
});
