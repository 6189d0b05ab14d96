import { type Explanation, urgencyOf } from '@prunella/core';
import { type AnsweredLogEntry, answers, readAnswer } from '../answers.ts';
import { askHealer, type HealerConnection } from '../healer-client.ts';
import type { FleetView } from './fleet-view.ts';
import { followStream } from './follow-stream.ts';

const entriesKept = 500;
const historyIncidents = 5;

/** Keeps a view of the fleet up to date until the signal aborts. */
export class FleetWatch {
  readonly #connection: HealerConnection;
  readonly #onChange: () => void;
  readonly #entries = new Map<number, AnsweredLogEntry>();
  readonly #explanations = new Map<string, Explanation>();
  #view: FleetView;

  constructor(connection: HealerConnection, resource: string | null, onChange: () => void) {
    this.#connection = connection;
    this.#onChange = onChange;
    this.#view = {
      address: connection.address,
      resource,
      link: { is: 'connecting' },
      paused: null,
      refusedConfiguration: null,
      states: {},
      explanations: [],
      entries: [],
    };
  }

  get view(): FleetView {
    return this.#view;
  }

  /** Rejects where the healer cannot be reached at all, or refuses. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#readHistory();
    const { resource } = this.#view;
    await followStream(
      this.#connection,
      resource,
      {
        onEvent: (name, data) => this.#hear(name, data),
        onLink: (link) => {
          this.#change({ link });
          // One that is ok is in no first event.
          if (link.is === 'live' && resource !== null) void this.#look(resource).catch(() => {});
        },
      },
      signal,
    );
  }

  #hear(name: string, data: unknown): void {
    switch (name) {
      case 'now': {
        const { explanations, more: _, ...fleet } = readAnswer(answers.streamNow, data);
        this.#explanations.clear();
        this.#explain(explanations);
        this.#change(fleet);
        return;
      }
      case 'fleet':
        this.#change(readAnswer(answers.streamFleet, data));
        return;
      case 'explanation':
        this.#explain([readAnswer(answers.explanation, data)]);
        return;
      case 'log':
        this.#add([readAnswer(answers.logEntry, data)]);
        return;
      default:
        // A newer healer may tell more.
        return;
    }
  }

  async #look(resource: string): Promise<void> {
    const path = `v1/explanations?resource=${encodeURIComponent(resource)}`;
    const { explanations } = readAnswer(answers.explanations, await askHealer(this.#connection, 'GET', path));
    this.#explain(explanations);
  }

  /** What went before, so that who begins to watch in the middle of an incident sees how it came. */
  async #readHistory(): Promise<void> {
    const { resource } = this.#view;
    const query = new URLSearchParams({
      open: 'true',
      limit: String(historyIncidents),
      ...(resource === null ? {} : { resource }),
    });
    const open = await askHealer(this.#connection, 'GET', `v1/incidents?${query}`);
    for (const { incident } of readAnswer(answers.incidents, open).incidents) {
      const path = `v1/incidents/${encodeURIComponent(incident)}/log`;
      const log = await askHealer(this.#connection, 'GET', path).catch(() => ({ entries: [] }));
      this.#add(readAnswer(answers.log, log).entries);
    }
  }

  #explain(explanations: readonly Explanation[]): void {
    for (const explanation of explanations) {
      const { resource, state } = explanation;
      if (state === 'ok' && this.#view.resource === null) this.#explanations.delete(resource);
      else this.#explanations.set(resource, explanation);
    }
    const sorted = [...this.#explanations.values()].sort(
      (left, right) => urgencyOf(left.state) - urgencyOf(right.state),
    );
    this.#change({ explanations: sorted });
  }

  #add(entries: readonly AnsweredLogEntry[]): void {
    for (const entry of entries) this.#entries.set(entry.sequence, entry);
    const sorted = [...this.#entries.values()].sort((left, right) => left.sequence - right.sequence);
    for (const { sequence } of sorted.splice(0, Math.max(0, sorted.length - entriesKept))) {
      this.#entries.delete(sequence);
    }
    this.#change({ entries: sorted });
  }

  #change(part: Partial<FleetView>): void {
    this.#view = { ...this.#view, ...part };
    this.#onChange();
  }
}
