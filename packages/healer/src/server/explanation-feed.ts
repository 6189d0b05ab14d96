import { type Explanation, type LogEntry, urgencyOf } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';
import type { ConfigurationStanding } from './routes/health.ts';
import { deadChannels, type NotificationDesk } from './routes/notifications.ts';

type State = Explanation['state'];

/** What there is to know at a glance. */
export interface FleetSummary {
  readonly paused: ReturnType<Engine['pauseInForce']>;
  readonly refusedConfiguration: ConfigurationStanding['refused'];
  /** Ways to people that deliver nothing. */
  readonly deadChannels: ReturnType<typeof deadChannels>;
  /** How many resources are in which state; states of none are left out. */
  readonly states: Readonly<Partial<Record<State, number>>>;
}

export interface FeedListener {
  /** An explanation that changed, as JSON. */
  explanation(resource: string, text: string): void;
  /** The summary, as JSON, where it changed. */
  fleet(text: string): void;
}

/** Changes within this are told together. */
const coalesceMs = 100;

/**
 * Everything is explained anew this often while somebody looks: what changes without an entry in the log, such as by
 * a reload, is seen by then. Of 10,000 resources it takes about a tenth of a second, so not more often.
 */
const refreshMs = 60_000;
/**
 * After an entry that concerns the whole fleet, such as the kill switch: at once where explaining is quick, and later the
 * longer it takes, so that it never costs more than a twentieth of the engine's time.
 */
const fleetRefreshMostMs = 2_000;
const fleetRefreshShare = 20;

/**
 * Tells readers which explanations changed, so that nobody asks for all of them again and again. It works for all
 * readers together, and only while there is one.
 */
export class ExplanationFeed {
  readonly #engine: Engine;
  readonly #refused: () => ConfigurationStanding['refused'];
  readonly #notifications: () => NotificationDesk | null;
  readonly #listeners = new Set<FeedListener>();
  readonly #changed = new Set<string>();
  /** What was told last, by resource. */
  #told = new Map<string, { readonly state: State; readonly text: string }>();
  #toldFleet = '';
  #stop: (() => void) | null = null;
  #telling: NodeJS.Timeout | null = null;
  #refreshing: NodeJS.Timeout | null = null;
  #refreshesAt = 0;
  #explainingTookMs = 0;

  constructor(
    engine: Engine,
    refused: () => ConfigurationStanding['refused'],
    notifications: () => NotificationDesk | null = () => null,
  ) {
    this.#engine = engine;
    this.#refused = refused;
    this.#notifications = notifications;
  }

  /** Everything that is told from now on; returns what ends it. */
  subscribe(listener: FeedListener): () => void {
    if (this.#listeners.size === 0) this.#begin();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** As of what was told last: the summary, and the most urgent explanations of what is not ok, at most `limit`. */
  now(limit: number, resource?: string): string {
    const notOk = [...this.#told]
      .filter(([name, { state }]) => state !== 'ok' && (resource === undefined || name === resource))
      .sort(([, left], [, right]) => urgencyOf(left.state) - urgencyOf(right.state));
    const explanations = notOk.slice(0, limit).map(([, { text }]) => text);
    const more = notOk.length - explanations.length;
    return `${this.#toldFleet.slice(0, -1)},"explanations":[${explanations.join(',')}],"more":${more}}`;
  }

  #begin(): void {
    this.#told = new Map(this.#explainAll().map((one) => [one.resource, told(one)]));
    this.#toldFleet = JSON.stringify(this.#summary());
    this.#stop = this.#engine.onLog((entry) => this.#hear(entry));
    this.#refreshIn(refreshMs);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = null;
    if (this.#telling !== null) clearTimeout(this.#telling);
    if (this.#refreshing !== null) clearTimeout(this.#refreshing);
    this.#telling = null;
    this.#refreshing = null;
    this.#changed.clear();
    this.#told = new Map();
  }

  #hear({ resource, event }: LogEntry): void {
    const concernsAll = event.type === 'kill-switch' || event.type === 'fleet-alarm';
    if (concernsAll) this.#refreshIn(this.#fleetRefreshMs());
    else this.#changed.add(resource);
    this.#telling ??= setTimeout(() => this.#tell(), coalesceMs).unref();
  }

  #tell(): void {
    this.#telling = null;
    for (const resource of this.#changed) {
      const [explanation] = this.#engine.explain(resource);
      if (explanation !== undefined) this.#tellOne(explanation);
    }
    this.#changed.clear();
    this.#tellFleet();
  }

  #refresh(): void {
    this.#refreshing = null;
    const explanations = this.#explainAll();
    const known = new Set(explanations.map(({ resource }) => resource));
    for (const explanation of explanations) this.#tellOne(explanation);
    for (const resource of this.#told.keys()) {
      if (!known.has(resource)) this.#told.delete(resource);
    }
    this.#tellFleet();
    this.#refreshIn(refreshMs);
  }

  #explainAll(): readonly Explanation[] {
    const beganAt = performance.now();
    const explanations = this.#engine.explain();
    this.#explainingTookMs = performance.now() - beganAt;
    return explanations;
  }

  #fleetRefreshMs(): number {
    return Math.min(fleetRefreshMostMs, Math.max(coalesceMs, fleetRefreshShare * this.#explainingTookMs));
  }

  /** The sooner of this and what was set before. */
  #refreshIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.#refreshing !== null) {
      if (this.#refreshesAt <= at) return;
      clearTimeout(this.#refreshing);
    }
    this.#refreshesAt = at;
    this.#refreshing = setTimeout(() => this.#refresh(), ms).unref();
  }

  #tellOne(explanation: Explanation): void {
    const { resource } = explanation;
    const next = told(explanation);
    if (this.#told.get(resource)?.text === next.text) return;
    this.#told.set(resource, next);
    for (const listener of this.#listeners) listener.explanation(resource, next.text);
  }

  #tellFleet(): void {
    const text = JSON.stringify(this.#summary());
    if (text === this.#toldFleet) return;
    this.#toldFleet = text;
    for (const listener of this.#listeners) listener.fleet(text);
  }

  #summary(): FleetSummary {
    const states: Partial<Record<State, number>> = {};
    for (const { state } of this.#told.values()) states[state] = (states[state] ?? 0) + 1;
    return {
      paused: this.#engine.pauseInForce(),
      refusedConfiguration: this.#refused(),
      deadChannels: deadChannels(this.#notifications()),
      states,
    };
  }
}

function told(explanation: Explanation) {
  return { state: explanation.state, text: JSON.stringify(explanation) };
}
