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
import type { ObservationSummary, Report, ReportRefusal } from '@prunella/protocol';
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
  readonly #told = new Map<string, string>();
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
    return this.#told.get(resource) !== countsOf(summary);
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

/** All of a summary but how fresh it is. Written at each report, so put together by hand. */
function countsOf(summary: ObservationSummary): string {
  const { conditions, hosts, earliestFaultAt, settled, observers, cohort } = summary;
  const { ok, degraded, down, unknown } = conditions;
  const hostCounts = `${hosts.observing.length} ${hosts.sick.length}`;
  const counts = `${observers} ${ok} ${degraded} ${down} ${unknown} ${hostCounts} ${earliestFaultAt} ${settled}`;
  // Nobody is sick of a kind where nobody is sick.
  const kinds = degraded + down === 0 ? '' : JSON.stringify(summary.sickByKind);
  if (cohort === null) return `${counts} ${kinds}`;
  const { incident, total, sick, okSinceMark, gone, markAt } = cohort;
  return `${counts} ${kinds} ${total} ${sick} ${okSinceMark} ${gone} ${markAt} ${incident}`;
}
