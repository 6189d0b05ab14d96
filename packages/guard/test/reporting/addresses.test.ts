import { afterEach, beforeEach, expect, test } from 'vitest';
import { settleReporting } from '../../src/reporting/settings.ts';
import { Transport } from '../../src/reporting/transport.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { StandInHealer } from '../runtime/stand-in-healer.ts';

let first: StandInHealer;
let second: StandInHealer;
let transport: Transport;
let clock: ManualClock;
let addresses: readonly [string, string];

beforeEach(async () => {
  first = new StandInHealer();
  second = new StandInHealer();
  clock = new ManualClock();
  addresses = [await first.listen(), await second.listen()];
  const settings = settleReporting({ service: 'shop', healer: addresses, inTests: true }, {});
  if ('silent' in settings) throw new Error('nothing is reported');
  transport = new Transport(settings, clock);
});

afterEach(async () => {
  transport.close();
  await Promise.all([first.close(), second.close()]);
});

const post = (signal?: AbortSignal, timeoutMs = 10_000) =>
  transport.send({
    method: 'POST',
    path: '/v1/reports',
    body: { reports: [{}] },
    timeoutMs,
    ...(signal !== undefined && { signal }),
  });

const received = () => [first.reports.length, second.reports.length];

test('the second healer is told when the first is away, and the first again after a minute', async () => {
  await post();
  first.answer = (response) => response.destroy();
  await expect(post()).rejects.toThrow();
  expect(transport.address).toBe(addresses[1]);
  await post();
  await clock.advance(59_000);
  await post();
  const before = received();
  expect(before[1]).toBe(2);
  await clock.advance(1_000);
  first.answer = (response) => response.writeHead(202).end('{}');
  expect((await post()).status).toBe(202);
  expect(received()).toEqual([(before[0] ?? 0) + 1, 2]);
});

test('a first healer that is still away costs one try a minute', async () => {
  first.answer = (response) => response.destroy();
  await post().catch(() => {});
  await clock.advance(60_000);
  await expect(post()).rejects.toThrow();
  const tries = first.reports.length;
  for (let count = 0; count < 5; count++) await post();
  expect([first.reports.length - tries, second.reports.length]).toEqual([0, 5]);
});

test('a healer that answers 503, as one that stands by does, is left; one that refuses is not', async () => {
  first.answer = (response) => response.writeHead(401).end();
  expect((await post()).status).toBe(401);
  expect(transport.address).toBe(addresses[0]);
  first.answer = (response) => response.writeHead(503).end();
  expect((await post()).status).toBe(503);
  expect(transport.address).toBe(addresses[1]);
});

test('requests that fail together move on by one, and one that was called off by none', async () => {
  first.answer = () => {};
  const controller = new AbortController();
  const calledOff = post(controller.signal);
  controller.abort();
  await expect(calledOff).rejects.toThrow();
  expect(transport.address).toBe(addresses[0]);
  await Promise.allSettled([post(undefined, 200), post(undefined, 200)]);
  expect(transport.address).toBe(addresses[1]);
});
