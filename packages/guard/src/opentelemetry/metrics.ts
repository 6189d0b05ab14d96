import type { Attributes, BatchObservableResult, Histogram, Meter } from '@opentelemetry/api';
import { conditions } from '@prunella/protocol';
import type { Guard } from '../guard.ts';
import { registry } from '../registry.ts';
import { type Counts, mergeConditions } from '../reporting/merge.ts';

/** Those of `db.client.operation.duration` in the semantic conventions. */
const durationBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** One set of instruments for all guards, those of the same resource as one; their numbers are looked up only when metrics are collected. */
export class Metrics {
  readonly duration: Histogram;
  readonly #attributes = new Map<string, Attributes>();
  readonly #condition;
  readonly #successes;
  readonly #faults;
  readonly #waiting;
  readonly #reconnects;

  constructor(meter: Meter) {
    this.duration = meter.createHistogram('prunella.guard.call.duration', {
      description: 'From the call to its answer, for calls that reached the driver',
      unit: 's',
      advice: { explicitBucketBoundaries: durationBoundaries },
    });
    this.#condition = meter.createObservableGauge('prunella.guard.condition', {
      description: '1 for the condition that the guard sees now, 0 for the others',
    });
    this.#successes = meter.createObservableCounter('prunella.guard.successes', {
      description: 'Calls and pings that succeeded',
      unit: '{call}',
    });
    this.#faults = meter.createObservableCounter('prunella.guard.faults', {
      description: 'Calls and pings that failed, by kind',
      unit: '{fault}',
    });
    this.#waiting = meter.createObservableUpDownCounter('prunella.guard.writes.waiting', {
      description: 'Writes that wait for the resource',
      unit: '{write}',
    });
    this.#reconnects = meter.createCounter('prunella.guard.reconnects', {
      description: 'Attempts to bring the connection back that ended',
      unit: '{attempt}',
    });
    const observables = [this.#condition, this.#successes, this.#faults, this.#waiting];
    meter.addBatchObservableCallback((result) => this.#collect(result), observables);
  }

  observe<Handle>(guard: Guard<Handle>, attributes: Attributes): void {
    this.#attributes.set(guard.resource, attributes);
    guard.on('reconnect', ({ succeeded }) => {
      this.#reconnects.add(1, { ...attributes, 'prunella.succeeded': succeeded });
    });
  }

  #collect(result: BatchObservableResult): void {
    for (const [resource, attributes] of this.#attributes) {
      const members = [...registry.members].filter((member) => member.resource === resource);
      const snapshots = members.map((member) => member.snapshot());
      const [merged] = mergeConditions(snapshots, registry.retired);
      // Nobody looks any more where the last guard was detached.
      const condition = merged?.condition ?? 'unknown';
      for (const each of conditions) {
        const value = each === condition ? 1 : 0;
        result.observe(this.#condition, value, { ...attributes, 'prunella.condition': each });
      }
      const waiting = members.reduce((sum, member) => sum + member.waitingWrites, 0);
      result.observe(this.#waiting, waiting, attributes);
      const counts = merged ?? registry.retired.get(resource);
      if (counts !== undefined) this.#collectCounts(result, attributes, counts);
    }
  }

  #collectCounts(result: BatchObservableResult, attributes: Attributes, { successes, faults }: Counts): void {
    result.observe(this.#successes, successes, attributes);
    for (const [kind, count] of Object.entries(faults)) {
      result.observe(this.#faults, count, { ...attributes, 'error.type': kind });
    }
  }
}
