import { type FaultKind, faultKinds } from '@prunella/protocol';
import type { Adapter, Classification, Lease } from '../adapter.ts';
import { ConformanceError, must, shown } from './conformance-error.ts';
import type { AdapterHarness, ConformanceOptions } from './harness.ts';

export type Settled =
  | { readonly ended: 'answered' }
  | { readonly ended: 'failed'; readonly error: unknown; readonly classification: Classification }
  | { readonly ended: 'missed'; readonly waitedForOwnPool: boolean };

/** One adapter over one lent client, while one check uses it. */
export class Trial<Handle, Lent> {
  readonly harness: AdapterHarness<Handle, Lent>;
  readonly adapter: Adapter<Handle>;
  readonly lent: Lent;
  readonly deadlineMs: number;
  readonly patienceMs: number;

  constructor(harness: AdapterHarness<Handle, Lent>, lent: Lent, options: Required<ConformanceOptions>) {
    this.harness = harness;
    this.lent = lent;
    this.adapter = harness.adapt(lent);
    this.deadlineMs = options.deadlineMs;
    this.patienceMs = options.patienceMs;
  }

  /** As a guard makes a call: abandoned when the deadline is missed or the client is broken, ended in any case. */
  async call(
    work: (handle: Handle) => PromiseLike<unknown> = this.harness.call,
    deadlineMs = this.deadlineMs,
  ): Promise<Settled> {
    const lease = this.adapter.lease();
    try {
      const running = settled(async () => work.call(this.harness, lease.handle));
      const first = await Promise.race([running, after(deadlineMs)]);
      if (first === 'late') {
        const waitedForOwnPool = lease.waitsForOwnPool();
        lease.abandon();
        return { ended: 'missed', waitedForOwnPool };
      }
      if (first.ok) return { ended: 'answered' };
      const classification = this.classify(first.error);
      if (classification.evict) lease.abandon();
      return { ended: 'failed', error: first.error, classification };
    } finally {
      lease.end();
    }
  }

  /** A call that must end by itself, however slow the machine is. */
  callToItsEnd(work?: (handle: Handle) => PromiseLike<unknown>): Promise<Settled> {
    return this.call(work, this.patienceMs);
  }

  async mustAnswer(when: string): Promise<void> {
    const outcome = await this.callToItsEnd();
    must(
      outcome.ended === 'answered',
      `${when} a call must be answered; it ${told(outcome)}`,
      causeOf(outcome),
    );
  }

  /** Starts a call and waits until it is at the resource. */
  async begin(work: (handle: Handle) => PromiseLike<unknown>): Promise<Begun<Handle>> {
    const lease = this.adapter.lease();
    const running = settled(async () => work.call(this.harness, lease.handle));
    await this.until('a call that was begun to be at the resource', () => !lease.waitsForOwnPool());
    return { lease, running };
  }

  /** The classification, which must be one. */
  classify(error: unknown): Classification {
    let found: unknown;
    try {
      found = this.adapter.classify(error);
    } catch (thrown) {
      throw new ConformanceError(`classify must answer for any value; for ${shown(error)} it threw`, {
        cause: thrown,
      });
    }
    const { kind, outcomeUnknown, evict } = Object(found);
    const isOne =
      faultKinds.includes(kind) && typeof outcomeUnknown === 'boolean' && typeof evict === 'boolean';
    must(isOne, `classify must answer { kind, outcomeUnknown, evict }; for ${shown(error)}: ${shown(found)}`);
    return { kind, outcomeUnknown, evict };
  }

  /** `passed`, or the kind of what the ping rejected with; `late` where the deadline aborted it. */
  async ping(deadlineMs = this.deadlineMs): Promise<'passed' | 'late' | FaultKind> {
    const late = new Error('the deadline of this check');
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(late), deadlineMs);
    timer.unref();
    const outcome = await this.within('a ping whose signal was aborted to settle', () =>
      this.adapter.ping(abort.signal),
    );
    clearTimeout(timer);
    if (outcome.ok) return 'passed';
    return abort.signal.aborted ? 'late' : this.classify(outcome.error).kind;
  }

  /** As a guard recovers: ping, and where that fails, reconnect and ping again. */
  async untilItServes(when: string): Promise<void> {
    let last: string | undefined;
    await this.until(
      `the adapter to serve ${when}`,
      async () => {
        last = await this.ping();
        if (last === 'passed') return true;
        await settled(async () => this.adapter.reconnect?.(AbortSignal.timeout(this.deadlineMs)));
        return false;
      },
      () => `the last ping: ${last}`,
    );
  }

  /** Settles in time, or the check fails. */
  async within<Value>(what: string, work: () => PromiseLike<Value>): Promise<Outcome<Value>> {
    const outcome = await Promise.race([settled(async () => work()), after(this.patienceMs)]);
    must(outcome !== 'late', `waited ${this.patienceMs} ms in vain for ${what}`);
    return outcome;
  }

  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    seen: () => string = () => 'it did not come',
  ): Promise<void> {
    const endsAt = performance.now() + this.patienceMs;
    while (!(await condition())) {
      must(performance.now() < endsAt, `waited ${this.patienceMs} ms in vain for ${what}; ${seen()}`);
      await after(20);
    }
  }
}

interface Begun<Handle> {
  readonly lease: Lease<Handle>;
  readonly running: Promise<Outcome<unknown>>;
}

export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown };

/** Never rejects. */
export async function settled<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Never keeps the process alive. */
function after(delayMs: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), delayMs).unref();
  });
}

export function told(outcome: Settled): string {
  if (outcome.ended === 'missed') return 'missed its deadline';
  return outcome.ended === 'answered' ? 'was answered' : `failed with ${shown(outcome.error)}`;
}

function causeOf(outcome: Settled): unknown {
  return outcome.ended === 'failed' ? outcome.error : undefined;
}
