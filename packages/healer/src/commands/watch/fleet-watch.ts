import { setTimeout as delay } from 'node:timers/promises';
import { type AnsweredLogEntry, answers, readAnswer } from '../answers.ts';
import { askHealer, type HealerConnection } from '../healer-client.ts';
import type { FleetView } from './fleet-view.ts';
import { followLog } from './follow-log.ts';

const entriesKept = 500;
const lookAgainMs = 5_000;
/** Changes that come together are asked for once. */
const gatherMs = 150;
/** A large fleet must not be busy with us: between two looks as many times as long as one took. */
const restTimes = 10;
const historyIncidents = 5;

/** Keeps a view of the fleet up to date until the signal aborts. */
export class FleetWatch {
  readonly #connection: HealerConnection;
  readonly #onChange: () => void;
  readonly #entries = new Map<number, AnsweredLogEntry>();
  #view: FleetView;
  #wake: (() => void) | null = null;

  constructor(connection: HealerConnection, resource: string | null, onChange: () => void) {
    this.#connection = connection;
    this.#onChange = onChange;
    this.#view = {
      address: connection.address,
      resource,
      link: { is: 'connecting' },
      paused: null,
      refusedConfiguration: null,
      explanations: [],
      entries: [],
    };
  }

  get view(): FleetView {
    return this.#view;
  }

  /** Rejects where the healer cannot be reached at all, or refuses. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    try {
      await this.#readHistory();
      const looking = this.#lookAgainAndAgain(both);
      await followLog(
        this.#connection,
        this.#view.resource,
        {
          onEntry: (entry) => {
            this.#add([entry]);
            this.#wake?.();
          },
          onLink: (link) => {
            this.#change({ link });
            if (link.is === 'live') this.#wake?.();
          },
        },
        both,
      );
      await looking;
    } finally {
      ended.abort();
    }
  }

  async look(): Promise<void> {
    const { resource } = this.#view;
    const query = resource === null ? '' : `?resource=${encodeURIComponent(resource)}`;
    const answer = await askHealer(this.#connection, 'GET', `v1/explanations${query}`);
    const { paused, refusedConfiguration, explanations } = readAnswer(answers.explanations, answer);
    this.#change({ paused, refusedConfiguration, explanations });
  }

  async #lookAgainAndAgain(signal: AbortSignal): Promise<void> {
    let restMs = 0;
    while (!signal.aborted) {
      await this.#nextOccasion(signal);
      await delay(Math.max(gatherMs, restMs), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const beganAt = performance.now();
      // Where it cannot be reached the connection of the log says so.
      await this.look().catch(() => {});
      restMs = (performance.now() - beganAt) * restTimes;
    }
  }

  #nextOccasion(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), lookAgainMs);
      const wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
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
