import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { FaultKind } from '@prunella/protocol';
import type { Adapter, Classification, Lease } from '../adapter.ts';
import type { Clock } from '../clock.ts';
import { FaultError } from '../fault.ts';
import { redact } from '../reporting/redact.ts';
import { textOf } from '../runtime/text-of.ts';
import type { OpenTelemetryApi } from './api.ts';

interface TraceParts {
  readonly api: OpenTelemetryApi;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly name: string;
  readonly attributes: Attributes;
  /** How long a call took, in seconds, and with `error.type` where it failed. */
  readonly onEnd: (seconds: number, attributes: Attributes) => void;
}

/** An adapter whose every lease is a span. Pings have none: nobody asked for them. */
export function traced<Handle>(adapter: Adapter<Handle>, parts: TraceParts): Adapter<Handle> {
  const { reconnect, watch, close } = adapter;
  return {
    driver: adapter.driver,
    lease: () => new TracedLease(adapter.lease(), (error) => adapter.classify(error), parts),
    classify: (error) => adapter.classify(error),
    ping: (signal) => adapter.ping(signal),
    ...(reconnect && { reconnect: (signal) => reconnect.call(adapter, signal) }),
    ...(watch && { watch: (onFault) => watch.call(adapter, onFault) }),
    ...(close && { close: () => close.call(adapter) }),
  };
}

class TracedLease<Handle> implements Lease<Handle> {
  readonly handle: Handle;
  readonly #inner: Lease<Handle>;
  readonly #classify: (error: unknown) => Classification;
  readonly #parts: TraceParts;
  readonly #span: Span;
  readonly #beganAt: number;
  #failure: { readonly error: unknown } | null = null;
  #missed = false;
  #judged: FaultKind | null = null;

  constructor(inner: Lease<Handle>, classify: (error: unknown) => Classification, parts: TraceParts) {
    const { api, tracer, name, attributes, clock } = parts;
    this.handle = inner.handle;
    this.#inner = inner;
    this.#classify = classify;
    this.#parts = parts;
    this.#span = tracer.startSpan(name, { kind: api.SpanKind.INTERNAL, attributes });
    this.#beganAt = clock.now();
  }

  /** The span is the active one inside, so that those of the driver's own instrumentation are its children. */
  around<Result>(call: () => PromiseLike<Result> | Result): PromiseLike<Result> | Result {
    const { context, trace } = this.#parts.api;
    const inner = this.#inner;
    try {
      const result = context.with(trace.setSpan(context.active(), this.#span), () =>
        inner.around === undefined ? call() : inner.around(call),
      );
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#failed(error));
      return result;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  abandon(): void {
    this.#missed = this.#failure === null;
    this.#inner.abandon();
  }

  waitsForOwnPool(): boolean {
    return this.#inner.waitsForOwnPool();
  }

  mayHaveSent(): boolean {
    return this.#inner.mayHaveSent?.() ?? !this.#inner.waitsForOwnPool();
  }

  judge(meaning: Classification): Classification {
    const judged = this.#inner.judge?.(meaning) ?? meaning;
    this.#judged = judged.kind;
    return judged;
  }

  end(): void {
    try {
      this.#inner.end();
    } finally {
      this.#endSpan();
    }
  }

  #endSpan(): void {
    const { api, clock, attributes, onEnd } = this.#parts;
    const { kind, message } = this.#outcome();
    const seconds = (clock.now() - this.#beganAt) / 1_000;
    if (kind === null) onEnd(seconds, attributes);
    else {
      this.#span.setAttribute('error.type', kind);
      this.#span.setStatus({ code: api.SpanStatusCode.ERROR, message });
      onEnd(seconds, { ...attributes, 'error.type': kind });
    }
    this.#span.end();
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
  }

  #outcome(): { readonly kind: FaultKind | null; readonly message: string } {
    if (this.#missed) {
      return { kind: this.#inner.waitsForOwnPool() ? 'local' : 'timeout', message: 'deadline missed' };
    }
    if (this.#failure === null) return { kind: null, message: '' };
    const { error } = this.#failure;
    const kind = error instanceof FaultError ? error.kind : (this.#judged ?? this.#classify(error).kind);
    return { kind, message: redact(textOf(error)) };
  }
}

function isThenable<Result>(value: PromiseLike<Result> | Result): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
