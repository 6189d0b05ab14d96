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
/** Closings that are followed to their relapse, each by a question of its own. */
const relapsesMost = 10;
/** Entries that come in a burst are shown together. */
const coalesceMs = 150;

/** All that happened in an incident, the oldest first; grows while it goes on. */
export class IncidentLog {
  readonly entries: Signal<readonly LogEntry[]> = signal([]);
  /** What was seen of the resource shortly before, which no incident was open for. */
  readonly prelude: Signal<readonly LogEntry[]> = signal([]);
  /** The same from a closing to its relapse, where that was so little that it was read whole. */
  readonly between: Signal<readonly LogEntry[]> = signal([]);
  readonly isComplete = signal(false);
  readonly isCut = signal(false);
  readonly problem = signal<string | null>(null);
  readonly #incident: string;
  readonly #known: LogEntry[] = [];
  readonly #stopping = new AbortController();
  readonly #ends: (() => void)[] = [];
  #showing: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | null = null;
  /** Closings that were followed to their relapse. */
  readonly #readAfter = new Set<number>();

  constructor(incident: string) {
    this.#incident = incident;
  }

  start(): void {
    this.#ends.push(onLogEntry((entry) => this.#hear(entry)));
    const poll = setInterval(() => {
      const isWhole = this.isComplete.peek() && this.problem.peek() === null;
      if (link.peek().state !== 'live' || !isWhole) this.#read();
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
    const isRelapse = entry.event.type === 'incident-reopened';
    if (this.isComplete.peek() && !isRelapse) this.#add([entry]);
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
      await this.#readBetween();
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

  async #readBetween(): Promise<void> {
    for (const [closing, next] of this.#closings()) {
      if (this.#readAfter.has(closing.sequence) || this.#readAfter.size >= relapsesMost) continue;
      const from = { after: closing.sequence, limit: preludeEntries };
      const page = await askResourceLog(closing.resource, from, this.#stopping.signal);
      this.#readAfter.add(closing.sequence);
      const last = page.at(-1)?.sequence ?? next.sequence;
      if (page.length === preludeEntries && last < next.sequence) continue;
      const seen = page.filter(({ sequence, incident }) => sequence < next.sequence && incident === null);
      this.between.value = [...this.between.peek(), ...seen];
    }
  }

  /** Each closing that a relapse followed, with the first entry of that. */
  #closings(): readonly (readonly [LogEntry, LogEntry])[] {
    return this.#known.flatMap((entry, index) => {
      const next = this.#known[index + 1];
      return entry.event.type === 'incident-closed' && next !== undefined ? [[entry, next] as const] : [];
    });
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
