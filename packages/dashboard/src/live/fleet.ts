import { computed, signal } from '@preact/signals';
import type { Explanation, LogEntry } from '@prunella/core';
import {
  askExplanations,
  askIncidents,
  type Incident,
  type Pause,
  type RefusedConfiguration,
} from '../api/answers.ts';
import { AnswerNotUnderstood, HealerProblem } from '../api/problem.ts';
import { serverClock } from '../api/server-clock.ts';
import { whyNoOrders } from '../api/session.ts';
import { tick } from './clock.ts';
import { LogStream } from './log-stream.ts';
import { Refresher } from './refresher.ts';

/** What is known of everything, as of one moment. */
export interface Fleet {
  readonly paused: Pause | null;
  readonly refusedConfiguration: RefusedConfiguration | null;
  readonly explanations: readonly Explanation[];
  readonly openIncidents: readonly Incident[];
  /** By the healer's clock. */
  readonly asOf: number;
}

export const fleet = signal<Fleet | null>(null);

/** Null where the newest try succeeded. */
const loadFailure = signal<string | null>(null);
/** Since when the stream is down, by the healer's clock; null while it is open. */
const streamLostAt = signal<number | null>(null);
const hasOpened = signal(false);

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The stream is down; what is shown is asked for again and again. */
  | { readonly state: 'polling'; readonly since: number; readonly asOf: number }
  /** Nobody answers: what is shown is old. */
  | {
      readonly state: 'stale';
      readonly since: number | null;
      readonly asOf: number | null;
      readonly why: string;
    };

export const link = computed<Link>(() => {
  const asOf = fleet.value?.asOf ?? null;
  const since = streamLostAt.value;
  const why = loadFailure.value;
  if (why !== null) return { state: 'stale', since, asOf, why };
  if (since !== null && asOf !== null) return { state: 'polling', since, asOf };
  return hasOpened.value && asOf !== null ? { state: 'live' } : { state: 'connecting' };
});

/** Why nothing can be ordered now; null where it can. */
export const whyDisabled = computed(() => {
  if (link.value.state === 'stale') return 'The healer cannot be reached, and what is shown may be over.';
  return link.value.state === 'connecting' ? 'The page is still connecting.' : whyNoOrders.value;
});

const refreshLeastMs = 700;
/** Some sentences change by time alone. */
const quietRefreshMs = 15_000;
const pollMs = 4_000;
const openLimit = 1_000;

const refresher = new Refresher(load, refreshLeastMs);
const entryListeners = new Set<(entry: LogEntry) => void>();
const openListeners = new Set<() => void>();

/** Calls back with each entry of the log as it is written. Returns the function that ends it. */
export function onLogEntry(listener: (entry: LogEntry) => void): () => void {
  entryListeners.add(listener);
  return () => entryListeners.delete(listener);
}

/** Calls back when the stream has (again) opened: something may have been missed before. */
export function onStreamOpen(listener: () => void): () => void {
  openListeners.add(listener);
  return () => openListeners.delete(listener);
}

/** After an order: show what became of it. */
export function refreshFleet(): void {
  refresher.ask();
}

async function load(): Promise<void> {
  try {
    const [{ explanations, paused, refusedConfiguration }, openIncidents] = await Promise.all([
      askExplanations(),
      askIncidents({ open: true, limit: openLimit }),
    ]);
    tick();
    fleet.value = { explanations, paused, refusedConfiguration, openIncidents, asOf: serverClock.now() };
    loadFailure.value = null;
  } catch (error) {
    const isOurs = error instanceof AnswerNotUnderstood || error instanceof HealerProblem;
    loadFailure.value = isOurs ? error.message : 'The healer does not answer.';
  }
}

/** Follows the healer until the returned function is called. */
export function followFleet(): () => void {
  const stream = new LogStream({
    onOpen: () => {
      hasOpened.value = true;
      streamLostAt.value = null;
      refresher.ask();
      for (const listener of openListeners) listener();
    },
    onEntry: (entry) => {
      refresher.ask();
      for (const listener of entryListeners) listener(entry);
    },
    onLost: () => {
      streamLostAt.value ??= serverClock.now();
      refresher.ask();
    },
  });
  const quiet = setInterval(() => refresher.ask(), quietRefreshMs);
  const poll = setInterval(() => {
    if (streamLostAt.value !== null || loadFailure.value !== null) refresher.ask();
  }, pollMs);
  const hurry = () => {
    stream.hurry();
    refresher.ask();
  };
  const whenSeen = () => {
    if (document.visibilityState === 'visible') hurry();
  };
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', whenSeen);
  refresher.ask();
  stream.start();
  return () => {
    stream.stop();
    refresher.stop();
    clearInterval(quiet);
    clearInterval(poll);
    window.removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', whenSeen);
    fleet.value = null;
    hasOpened.value = false;
    streamLostAt.value = null;
    loadFailure.value = null;
  };
}
