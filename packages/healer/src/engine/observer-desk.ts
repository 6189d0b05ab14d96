import {
  cohortInstances,
  initialObserveState,
  nextObserveAt,
  type ObserveInput,
  type ObserveOptions,
  type ObserverPage,
  type ObserverQuery,
  type ObserveState,
  observe,
  observersOf,
  otherObservers,
} from '@prunella/core';
import type { CohortSummary, ObservationSummary, Report, ReportRefusal } from '@prunella/protocol';
import type { Follow } from './changes.ts';
import type { Clock } from './clock.ts';
import type { Direct } from './step.ts';

export interface ObserverDeskOptions {
  readonly clock: Clock;
  readonly observe: ObserveOptions;
  /** Between two summaries of a resource whose counts stay the same. */
  readonly summaryEveryMs: number;
  /** There is something to `take`. */
  readonly onSummaries: () => void;
  /** When `tick` is wanted. */
  readonly onNextAt: (at: number | null) => void;
}

/** Changes that come one upon another are decided and written together this often: a commit for each costs more. */
const changesShareMs = 50;

/**
 * Takes reports in, in memory. Of each resource only the newest summary waits for its machine, so that a flood
 * of reports costs the machines nothing more than a trickle.
 */
export class ObserverDesk {
  readonly #options: ObserverDeskOptions;
  #state: ObserveState;
  readonly #urgent = new Map<string, ObservationSummary>();
  readonly #lazy = new Map<string, ObservationSummary>();
  /** The counts that each machine was last told. */
  readonly #told = new Map<string, Counts>();
  /** The same of instances that are followed by name: a list that was handed out is never changed. */
  readonly #toldWitnesses = new Map<string, ObservationSummary['witnesses']>();
  #cancelLazyTimer: (() => void) | null = null;
  #cancelShareTimer: (() => void) | null = null;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** What waits may be written on its own account. */
  #isDue = false;
  #nextAtWanted = false;
  #stopped = false;

  constructor(options: ObserverDeskOptions) {
    this.#options = options;
    this.#state = initialObserveState(options.observe);
  }

  report(report: Report): ReportRefusal | null {
    return this.#observe({ type: 'report', report });
  }

  follow(command: Follow): void {
    this.#observe(command);
  }

  tick(): void {
    this.#observe({ type: 'tick' });
  }

  recipientsOf(command: Direct): readonly string[] {
    const { resource } = command.directive;
    return command.to === 'cohort'
      ? cohortInstances(this.#state, resource)
      : otherObservers(this.#state, resource);
  }

  /** Who observes a resource, and what each sees now. */
  observersOf(resource: string, query: ObserverQuery): ObserverPage {
    return observersOf(this.#state, resource, query, this.#options.clock.now());
  }

  /**
   * The summaries that machines must hear of now. `withOthers`: something else is decided and written anyway, so
   * that all that waits costs no commit of its own.
   */
  take({ withOthers }: { readonly withOthers: boolean }): readonly ObservationSummary[] {
    if (!this.#isDue && !withOthers) return [];
    this.#isDue = false;
    this.#cancelShareTimer?.();
    this.#cancelShareTimer = null;
    const summaries = [...this.#urgent.values()];
    this.#urgent.clear();
    if (summaries.length > 0) this.#takenAt = this.#options.clock.now();
    for (const summary of summaries) {
      // Nobody observes it any more: it may be forgotten for good.
      if (summary.observers === 0 && summary.cohort === null) this.#told.delete(summary.resource);
      else this.#told.set(summary.resource, countsOf(summary));
      if (summary.witnesses !== undefined) this.#toldWitnesses.set(summary.resource, summary.witnesses);
      else this.#toldWitnesses.delete(summary.resource);
    }
    return summaries;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelLazyTimer?.();
    this.#cancelLazyTimer = null;
    this.#cancelShareTimer?.();
    this.#cancelShareTimer = null;
  }

  #observe(input: ObserveInput): ReportRefusal | null {
    const { state, changed, refusal } = observe(this.#state, input, this.#options.clock.now());
    this.#state = state;
    for (const summary of changed) {
      this.#note(summary);
    }
    this.#wantNextAt();
    return refusal;
  }

  #note(summary: ObservationSummary): void {
    const { resource } = summary;
    if (this.#urgent.has(resource) || this.#isNews(summary)) {
      this.#lazy.delete(resource);
      this.#urgent.set(resource, summary);
      this.#announce();
      return;
    }
    this.#lazy.set(resource, summary);
    if (!this.#stopped) {
      this.#cancelLazyTimer ??= this.#options.clock.after(this.#options.summaryEveryMs, () => this.#hurry());
    }
  }

  #isNews(summary: ObservationSummary): boolean {
    const { resource, witnesses } = summary;
    if (witnesses !== undefined && this.#toldWitnesses.get(resource) !== witnesses) return true;
    return !areSame(this.#told.get(resource), countsOf(summary));
  }

  /** The first change after a quiet time goes at once. */
  #announce(): void {
    const { clock } = this.#options;
    const waitMs = this.#takenAt + changesShareMs - clock.now();
    // More than the whole time: the clock was set back.
    if (waitMs <= 0 || waitMs > changesShareMs) this.#offer();
    else if (!this.#stopped) {
      this.#cancelShareTimer ??= clock.after(waitMs, () => this.#offer());
    }
  }

  #offer(): void {
    this.#isDue = true;
    this.#options.onSummaries();
  }

  #hurry(): void {
    this.#cancelLazyTimer = null;
    for (const [resource, summary] of this.#lazy) {
      this.#urgent.set(resource, summary);
    }
    this.#lazy.clear();
    this.#offer();
  }

  /** Once a turn, however many reports came in it. */
  #wantNextAt(): void {
    if (this.#nextAtWanted || this.#stopped) {
      return;
    }
    this.#nextAtWanted = true;
    queueMicrotask(() => {
      this.#nextAtWanted = false;
      if (!this.#stopped) {
        this.#options.onNextAt(nextObserveAt(this.#state));
      }
    });
  }
}

/** All of a summary but how fresh it is. */
interface Counts {
  readonly observers: number;
  readonly ok: number;
  readonly degraded: number;
  readonly down: number;
  readonly unknown: number;
  readonly hosts: number;
  readonly sickHosts: number;
  readonly earliestFaultAt: number | null;
  readonly settled: boolean;
  /** Empty where nobody is sick. */
  readonly kinds: string;
  /** Empty where none is followed. */
  readonly cohort: string;
}

/** Taken and compared at each report: no text is made where all is well. */
function countsOf({
  observers,
  conditions: { ok, degraded, down, unknown },
  sickByKind,
  hosts,
  earliestFaultAt,
  settled,
  cohort,
}: ObservationSummary): Counts {
  return {
    observers,
    ok,
    degraded,
    down,
    unknown,
    hosts: hosts.observing.length,
    sickHosts: hosts.sick.length,
    earliestFaultAt,
    settled,
    kinds: degraded + down === 0 ? '' : JSON.stringify(sickByKind),
    cohort: cohort === null ? '' : cohortText(cohort),
  };
}

function cohortText({ incident, total, sick, okSinceMark, gone, markAt }: CohortSummary): string {
  return JSON.stringify([incident, total, sick, okSinceMark, gone, markAt]);
}

function areSame(left: Counts | undefined, right: Counts): boolean {
  return (
    left !== undefined &&
    left.observers === right.observers &&
    left.ok === right.ok &&
    left.degraded === right.degraded &&
    left.down === right.down &&
    left.unknown === right.unknown &&
    left.hosts === right.hosts &&
    left.sickHosts === right.sickHosts &&
    left.earliestFaultAt === right.earliestFaultAt &&
    left.settled === right.settled &&
    left.kinds === right.kinds &&
    left.cohort === right.cohort
  );
}
