import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { type GuardOptions, OptionError } from '@prunella/guard';
import { openTelemetry } from '@prunella/guard/opentelemetry';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask } from '../runtime/guarded.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { StandInAdapter, StandInError } from '../runtime/stand-in-adapter.ts';

const spans = new InMemorySpanExporter();
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
let telemetry: ReturnType<typeof openTelemetry>;
let adapter: StandInAdapter;
let clock: ManualClock;

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
  api.metrics.setGlobalMeterProvider(meterProvider);
  telemetry = openTelemetry(api);
});

afterAll(async () => {
  await meterProvider.shutdown();
  api.trace.disable();
  api.context.disable();
  api.metrics.disable();
});

beforeEach(() => {
  adapter = new StandInAdapter();
  clock = new ManualClock();
});

afterEach(() => spans.reset());

function guarded(options: Partial<GuardOptions> = {}) {
  return telemetry.attach(adapter, {
    resource: 'stand-in/main',
    deadlineMs: 1_000,
    clock,
    random: () => 0.5,
    ...options,
  });
}

/** The points of a metric, as `attributes -> value`, collected now. */
async function collected(name: string) {
  metrics.reset();
  await reader.forceFlush();
  const found = metrics
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === name);
  return (found?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value }));
}

test('a call is a span, and what the driver makes inside is its child', async () => {
  const guard = guarded();
  const tracer = api.trace.getTracer('driver');
  await guard.run(async (handle) => {
    await handle.ask();
    tracer.startSpan('query').end();
  });
  const [query, call] = spans.getFinishedSpans();
  expect(call).toMatchObject({
    name: 'guard stand-in/main',
    kind: api.SpanKind.INTERNAL,
    attributes: { 'prunella.resource': 'stand-in/main' },
    status: { code: api.SpanStatusCode.UNSET },
  });
  expect(query?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  await guard.detach();
});

test('the span of a call lies in the span that the application has open', async () => {
  const guard = guarded();
  await api.trace.getTracer('application').startActiveSpan('request', async (request) => {
    await guard.run(ask);
    request.end();
  });
  const [call, request] = spans.getFinishedSpans();
  expect(call?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  await guard.detach();
});

test('a failed call has the kind of its fault, and no secrets', async () => {
  const guard = guarded();
  const text = 'connect to postgres://app:hunter2@db1 failed';
  await guard.tryRun(() => Promise.reject(new StandInError('unreachable', text)));
  await guard.tryRun(() => {
    throw new StandInError('caller', 'bad query');
  });
  expect(spans.getFinishedSpans()).toMatchObject([
    {
      attributes: { 'error.type': 'unreachable' },
      status: { code: api.SpanStatusCode.ERROR, message: 'connect to postgres://***@db1 failed' },
    },
    { attributes: { 'error.type': 'caller' }, status: { message: 'bad query' } },
  ]);
  await guard.detach();
});

test('a call that misses its deadline ends its span then, as a timeout', async () => {
  const guard = guarded();
  adapter.serves = 'never';
  const call = guard.tryRun(ask);
  await clock.advance(1_100);
  await call;
  expect(spans.getFinishedSpans()).toMatchObject([
    { attributes: { 'error.type': 'timeout' }, status: { message: 'deadline missed' } },
  ]);
  expect(adapter.abandoned).toBe(1);
  await guard.detach();
});

test('a call that is not tried has no span; the answer is as without telemetry', async () => {
  const guard = guarded({ breaker: { consecutive: 1 } });
  adapter.serves = 'unreachable';
  await guard.tryRun(ask);
  spans.reset();
  expect(await guard.tryRun(ask)).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_BREAKER_OPEN' } });
  expect(spans.getFinishedSpans()).toEqual([]);
  await guard.detach();
});

test('metrics say how long calls took, how they ended, and the condition', async () => {
  const guard = guarded({ resource: 'stand-in/metrics' });
  const twin = guarded({ resource: 'stand-in/metrics' });
  await guard.run(ask);
  await twin.run(ask);
  adapter.serves = 'unreachable';
  await guard.tryRun(ask);
  const resource = { 'prunella.resource': 'stand-in/metrics' };
  const mine = async (name: string) =>
    (await collected(name)).filter((each) => each.attributes['prunella.resource'] === 'stand-in/metrics');
  expect(await mine('prunella.guard.successes')).toEqual([{ attributes: resource, value: 2 }]);
  expect(await mine('prunella.guard.faults')).toEqual([
    { attributes: { ...resource, 'error.type': 'unreachable' }, value: 1 },
  ]);
  const condition = async () =>
    (await mine('prunella.guard.condition'))
      .filter(({ value }) => value === 1)
      .map((each) => each.attributes);
  expect(await condition()).toEqual([{ ...resource, 'prunella.condition': 'degraded' }]);
  expect(await mine('prunella.guard.condition')).toHaveLength(4);
  expect(await mine('prunella.guard.call.duration')).toMatchObject([
    { attributes: resource, value: { count: 2 } },
    { attributes: { ...resource, 'error.type': 'unreachable' }, value: { count: 1 } },
  ]);
  expect(await mine('prunella.guard.writes.waiting')).toEqual([{ attributes: resource, value: 0 }]);
  await Promise.all([guard.detach(), twin.detach()]);
  expect(await condition()).toEqual([{ ...resource, 'prunella.condition': 'unknown' }]);
});

test('the system of a known driver is named as the semantic conventions name it', async () => {
  const known = Object.assign(new StandInAdapter(), { driver: 'pg' });
  const guard = telemetry.connect(known, { resource: 'postgres/main' });
  await guard.run(ask);
  expect(spans.getFinishedSpans()).toMatchObject([{ attributes: { 'db.system.name': 'postgresql' } }]);
  await guard.detach();
  expect(known.closed).toBe(1);
});

test('a lease that throws at its end leaves no span open', async () => {
  const lease = adapter.lease();
  lease.end = () => {
    throw new Error('mine');
  };
  adapter.lease = () => lease;
  expect(await guarded().run(ask)).toBe('answer');
  expect(spans.getFinishedSpans()).toHaveLength(1);
});

test('without an SDK nothing is made, and calls go on', async () => {
  api.trace.disable();
  const silent = openTelemetry(api).attach(adapter, { resource: 'stand-in/silent' });
  expect(await silent.run(ask)).toBe('answer');
  expect(spans.getFinishedSpans()).toEqual([]);
  await silent.detach();
});

test('what is not the API, and wrong options, are refused at once', () => {
  expect(() => openTelemetry(JSON.parse('{}'))).toThrow(OptionError);
  expect(() => openTelemetry(JSON.parse('{}'))).toThrow('option api.trace: given undefined');
  expect(() => telemetry.attach(adapter, JSON.parse('{"resource":"main"}'))).toThrow(
    'option resource: given "main"',
  );
  expect(() => telemetry.attach(adapter, JSON.parse('null'))).toThrow('option options: given null');
  expect(() => telemetry.attach(JSON.parse('{}'), { resource: 'stand-in/main' })).toThrow('option adapter');
});
