import type { Explanation, LogEntry, OperatorCommand, Signal } from '@prunella/core';
import type { DirectiveResponse, Report, ReportRefusal } from '@prunella/protocol';
import type { CommandReceipt, Engine, IncidentView } from '../../src/engine/engine.ts';
import type { SignalReceipt } from '../../src/sources/source.ts';
import type { IncidentQuery } from '../../src/store/store.ts';

/**
 * A stand-in for the engine, that remembers what it was given and answers what it was told to: for tests of
 * what the server itself does with a request.
 */
export class StandInEngine implements Engine {
  readonly reports: Report[] = [];
  readonly signals: Signal[] = [];
  readonly commands: { readonly resource: string; readonly command: OperatorCommand }[] = [];
  readonly entries: LogEntry[] = [];
  paused: { readonly by: string; readonly reason: string } | null = null;
  pollsOpen = 0;

  refusal: (report: Report) => ReportRefusal | null = () => null;
  receipt: SignalReceipt = { accepted: true, duplicate: false };
  commandReceipt: CommandReceipt = { accepted: true, note: 'done' };
  incidentViews: IncidentView[] = [];
  explanations: Explanation[] = [];
  /** How often anything was explained. */
  explained = 0;

  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #polls = new Set<(answer: DirectiveResponse) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  report(report: Report): ReportRefusal | null {
    this.reports.push(report);
    return this.refusal(report);
  }

  async signal(signal: Signal): Promise<SignalReceipt> {
    this.signals.push(signal);
    return this.receipt;
  }

  async command(resource: string, command: OperatorCommand): Promise<CommandReceipt> {
    this.commands.push({ resource, command });
    return this.commandReceipt;
  }

  async pause(by: string, reason: string): Promise<void> {
    this.paused = { by, reason };
  }

  async resume(): Promise<void> {
    this.paused = null;
  }

  pauseInForce(): ReturnType<Engine['pauseInForce']> {
    return this.paused === null ? null : { ...this.paused, at: 0 };
  }

  whyNot(): null {
    return null;
  }

  autonomy(): [] {
    return [];
  }

  directives(_instance: string, cursor: string | null, signal: AbortSignal): Promise<DirectiveResponse> {
    return new Promise((resolve) => {
      this.pollsOpen += 1;
      const end = (answer: DirectiveResponse) => {
        if (this.#polls.delete(end)) this.pollsOpen -= 1;
        resolve(answer);
      };
      this.#polls.add(end);
      const none = () => end({ cursor: cursor ?? '0', directives: [] });
      signal.addEventListener('abort', none, { once: true });
      if (signal.aborted) none();
    });
  }

  /** Answers every open poll. */
  direct(answer: DirectiveResponse): void {
    for (const end of this.#polls) end(answer);
  }

  explain(resource?: string): readonly Explanation[] {
    this.explained += 1;
    return this.explanations.filter((one) => resource === undefined || one.resource === resource);
  }

  resources(): ReturnType<Engine['resources']> {
    return { items: [], next: null };
  }

  resource(): null {
    return null;
  }

  resourcesUnder(): [] {
    return [];
  }

  async incidents(query: IncidentQuery): Promise<readonly IncidentView[]> {
    const { incident, before, limit } = query;
    const beforeIndex = this.incidentViews.findIndex((view) => view.incident === before?.incident);
    return this.incidentViews
      .slice(beforeIndex + 1)
      .filter((view) => incident === undefined || view.incident === incident)
      .slice(0, limit);
  }

  async log(query: {
    readonly incident?: string;
    readonly after?: number;
    readonly newestFirst?: true;
    readonly limit: number;
  }): Promise<readonly LogEntry[]> {
    const entries = query.newestFirst === true ? this.entries.toReversed() : this.entries;
    return entries
      .filter(({ sequence }) => sequence > (query.after ?? 0))
      .filter(({ incident }) => query.incident === undefined || incident === query.incident)
      .slice(0, query.limit);
  }

  onLog(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes an entry and tells the listeners, as the engine does after a commit. */
  write(resource: string, incident: string | null = null): LogEntry {
    return this.writeEvent(resource, { type: 'healer-started' }, incident);
  }

  writeEvent(resource: string, event: LogEntry['event'], incident: string | null = null): LogEntry {
    const entry: LogEntry = { sequence: this.entries.length + 1, at: 1_000, resource, incident, event };
    this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  async stop(): Promise<void> {}
}
