import { type Signal, signal } from '@preact/signals';
import { askIncidents, type Incident } from '../../api/answers.ts';
import { sentenceOf } from '../../api/problem.ts';
import { Refresher } from '../../live/refresher.ts';

export interface IncidentFilters {
  readonly open?: boolean;
  readonly resource?: string;
}

const refreshLeastMs = 700;
/** As many as one answer holds; a reader who is further down is not disturbed. */
const refreshedMost = 500;
/** Tries of the next page, where the pages before it were read anew meanwhile. */
const olderTries = 3;

/** Incidents, the newest first, asked for anew when one may have opened or ended, however often that is. */
export class IncidentList {
  /** Null until they are known. */
  readonly rows: Signal<readonly Incident[] | null> = signal(null);
  /** Where the next page begins; null where there is none. */
  readonly next = signal<string | null>(null);
  readonly problem = signal<string | null>(null);
  readonly #pageSize: number;
  readonly #refresher = new Refresher(() => this.#load(), refreshLeastMs);
  #filters: IncidentFilters = {};
  #isFilteredAnew = true;
  #stopping = new AbortController();

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** What is under way for other filters is of no use any more. */
  filter(filters: IncidentFilters): void {
    this.#filters = filters;
    this.#isFilteredAnew = true;
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#refresher.ask();
  }

  refresh(): void {
    if (this.#isFilteredAnew || (this.rows.peek()?.length ?? 0) <= refreshedMost) this.#refresher.ask();
  }

  stop(): void {
    this.#refresher.stop();
    this.#stopping.abort();
  }

  async older(): Promise<void> {
    const { signal: stop } = this.#stopping;
    for (let tried = 0; tried < olderTries; tried += 1) {
      const before = this.rows.peek();
      const cursor = this.next.peek();
      if (before === null || cursor === null) return;
      try {
        const page = await askIncidents({ ...this.#filters, cursor, limit: this.#pageSize }, stop);
        if (stop.aborted) return;
        if (this.rows.peek() !== before) continue;
        this.rows.value = [...before, ...page.incidents];
        this.next.value = page.next;
        this.problem.value = null;
        return;
      } catch (error) {
        if (!stop.aborted) this.problem.value = sentenceOf(error);
        return;
      }
    }
  }

  /** All that is shown, also what was read further down. */
  async #load(): Promise<void> {
    const { signal: stop } = this.#stopping;
    const shown = this.#isFilteredAnew ? 0 : (this.rows.peek()?.length ?? 0);
    const limit = Math.min(refreshedMost, Math.max(this.#pageSize, shown));
    try {
      const page = await askIncidents({ ...this.#filters, limit }, stop);
      if (stop.aborted) return;
      // More were read meanwhile than were asked for here.
      if (!this.#isFilteredAnew && (this.rows.peek()?.length ?? 0) > Math.max(shown, limit)) return;
      this.#isFilteredAnew = false;
      this.rows.value = page.incidents;
      this.next.value = page.next;
      this.problem.value = null;
    } catch (error) {
      if (!stop.aborted) this.problem.value = sentenceOf(error);
    }
  }
}
