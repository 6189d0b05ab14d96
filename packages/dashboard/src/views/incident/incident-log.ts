import { type Signal, signal } from '@preact/signals';
import type { LogEntry } from '@prunella/core';
import { askIncidentLog, askResourceLog } from '../../api/answers.ts';
import { sentenceOf } from '../../api/problem.ts';
import { link, onLogEntry } from '../../live/fleet.ts';

/** More of one incident is not kept in a browser; the rest is said to be missing. */
const entriesMost = 20_000;
const pageSize = 1_000;
const pollMs = 4_000;
/** Entries of the whole log before the first of the incident, in which its evidence began. */
const preludeEntries = 300;
const preludeMs = 600_000;
/** Entries that come in a burst are shown together. */
const coalesceMs = 150;

/** All that happened in an incident, the oldest first; grows while it goes on. */
export class IncidentLog {
  readonly entries: Signal<readonly LogEntry[]> = signal([]);
  /** What was seen of the resource shortly before, which no incident was open for. */
  readonly prelude: Signal<readonly LogEntry[]> = signal([]);
  readonly isComplete = signal(false);
  readonly isCut = signal(false);
  readonly problem = signal<string | null>(null);
  readonly #incident: string;
  readonly #known: LogEntry[] = [];
  readonly #stopping = new AbortController();
  readonly #ends: (() => void)[] = [];
  #showing: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | null = null;

  constructor(incident: string) {
    this.#incident = incident;
  }

  start(): void {
    this.#ends.push(onLogEntry((entry) => this.#hear(entry)));
    const poll = setInterval(() => {
      if (link.peek().state !== 'live' || !this.isComplete.peek()) this.#read();
    }, pollMs);
    this.#ends.push(() => clearInterval(poll));
    this.#read();
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#showing);
    for (const end of this.#ends.splice(0)) end();
  }

  #hear(entry: LogEntry): void {
    if (entry.incident !== this.#incident) return;
    // While older ones are still being read, the next page will bring it.
    if (this.isComplete.peek()) this.#add([entry]);
    else this.#read();
  }

  #read(): void {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null;
    });
  }

  async #readOn(): Promise<void> {
    try {
      for (;;) {
        const after = this.#known.at(-1)?.sequence ?? 0;
        const page = await askIncidentLog(this.#incident, after, this.#stopping.signal);
        this.#add(page);
        if (page.length < pageSize || this.isCut.peek()) break;
      }
      if (!this.isComplete.peek()) await this.#readPrelude();
      this.isComplete.value = true;
      this.problem.value = null;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.problem.value = sentenceOf(error);
    }
  }

  async #readPrelude(): Promise<void> {
    const first = this.#known[0];
    if (first === undefined) return;
    const from = { after: Math.max(0, first.sequence - preludeEntries - 1), limit: preludeEntries };
    const before = await askResourceLog(first.resource, from, this.#stopping.signal);
    this.prelude.value = before.filter(
      ({ sequence, at, incident }) =>
        sequence < first.sequence &&
        at > first.at - preludeMs &&
        (incident === null || incident === this.#incident),
    );
  }

  #add(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.sequence <= (this.#known.at(-1)?.sequence ?? -1)) continue;
      if (this.#known.length >= entriesMost) {
        this.isCut.value = true;
        break;
      }
      this.#known.push(entry);
    }
    this.#showing ??= setTimeout(() => {
      this.#showing = undefined;
      this.entries.value = [...this.#known];
    }, coalesceMs);
  }
}
