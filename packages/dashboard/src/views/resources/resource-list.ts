import { effect, type Signal, signal } from '@preact/signals';
import { HealerProblem, sentenceOf } from '../../api/problem.ts';
import { askResource, askResources, type ResourceRow } from '../../api/resources.ts';
import { link, onLogEntry } from '../../live/fleet.ts';
import { Refresher } from '../../live/refresher.ts';

/** The first page is small, so that something is seen soon. */
const firstPageSize = 100;
const pageSize = 500;
/** Rows that changed are asked for together, and no more of them at a time. */
const refreshedAtOnce = 20;
const refreshLeastMs = 700;
const retryMs = 4_000;

/** The resources whose name holds a text: read page by page, and those that are seen kept up to date. */
export class ResourceList {
  /** Those of the pages that were read, by name. */
  readonly names: Signal<readonly string[]> = signal([]);
  /** What was told of each, also of some that no page has brought yet. */
  readonly rows: Signal<ReadonlyMap<string, ResourceRow>> = signal(new Map());
  readonly isComplete = signal(false);
  readonly problem = signal<string | null>(null);
  readonly part: string;
  #cursor: string | null = null;
  #isReading = false;
  #notBefore = 0;
  readonly #shown = new Set<string>();
  readonly #stale = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #refresher = new Refresher(() => this.#refresh(), refreshLeastMs);
  readonly #ends: (() => void)[] = [];

  constructor(part: string) {
    this.part = part;
  }

  start(): void {
    const endListening = onLogEntry(({ resource }) => {
      if (this.rows.peek().has(resource)) this.#stale.add(resource);
      if (this.#shown.has(resource)) this.#refresher.ask();
    });
    const endFollowing = effect(() => {
      // What was written while the stream was down has not been heard.
      if (link.value.state === 'live') this.#doubtAll();
    });
    this.#ends.push(endListening, endFollowing);
  }

  stop(): void {
    this.#stopping.abort();
    this.#refresher.stop();
    for (const end of this.#ends.splice(0)) end();
  }

  /** Reads the next page, unless one is being read or there is none. */
  async readOn(): Promise<void> {
    if (this.#isReading || this.isComplete.peek() || performance.now() < this.#notBefore) return;
    this.#isReading = true;
    const { signal } = this.#stopping;
    try {
      const query = {
        part: this.part,
        cursor: this.#cursor,
        limit: this.#cursor === null ? firstPageSize : pageSize,
      };
      const page = await askResources(query, signal);
      this.#cursor = page.next;
      this.#take(page.rows);
      this.names.value = [...this.names.peek(), ...page.rows.map(({ resource }) => resource)];
      this.isComplete.value = page.next === null;
      this.problem.value = null;
    } catch (error) {
      if (signal.aborted) return;
      this.problem.value = sentenceOf(error);
      this.#notBefore = performance.now() + retryMs;
      const again = setTimeout(() => void this.readOn(), retryMs);
      signal.addEventListener('abort', () => clearTimeout(again), { once: true });
    } finally {
      this.#isReading = false;
    }
  }

  /** Its row is seen until the returned function is called. */
  show(resource: string): () => void {
    this.#shown.add(resource);
    if (!this.rows.peek().has(resource)) this.#stale.add(resource);
    if (this.#stale.has(resource)) this.#refresher.ask();
    return () => this.#shown.delete(resource);
  }

  #doubtAll(): void {
    for (const resource of this.rows.peek().keys()) this.#stale.add(resource);
    if (this.#stale.size > 0) this.#refresher.ask();
  }

  async #refresh(): Promise<void> {
    const waiting = [...this.#stale].filter((resource) => this.#shown.has(resource));
    const asked = waiting.slice(0, refreshedAtOnce);
    for (const resource of asked) this.#stale.delete(resource);
    const told = await Promise.all(
      asked.map((resource) =>
        askResource(resource, 1, this.#stopping.signal).catch((error: unknown) => {
          // One that is gone meanwhile stays as it was told last; an answer that did not come is asked for later.
          if (!(error instanceof HealerProblem)) this.#stale.add(resource);
          return null;
        }),
      ),
    );
    this.#take(told.filter((row) => row !== null));
    if (waiting.length > asked.length) this.#refresher.ask();
  }

  #take(rows: readonly ResourceRow[]): void {
    if (rows.length === 0) return;
    const next = new Map(this.rows.peek());
    for (const row of rows) next.set(row.resource, row);
    this.rows.value = next;
  }
}
