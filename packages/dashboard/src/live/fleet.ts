import { computed, signal } from '@preact/signals';
import type { Explanation, LogEntry } from '@prunella/core';
import {
  askIncidents,
  askNotOk,
  type FleetNow,
  type FleetSummary,
  type Incident,
  type IncidentPage,
  readExplanation,
  readFleetNow,
  readFleetSummary,
  readLogEntry,
} from '../api/answers.ts';
import { AnswerNotUnderstood, HealerProblem } from '../api/problem.ts';
import { serverClock } from '../api/server-clock.ts';
import { whyNoOrders } from '../api/session.ts';
import { tick } from './clock.ts';
import { EventStream } from './event-stream.ts';
import { Refresher } from './refresher.ts';

/** What is known of everything: the summary, what is not ok by resource, and how many more of those there are. */
export interface Fleet extends FleetSummary {
  readonly notOk: ReadonlyMap<string, Explanation>;
  /** The stream begins with the most urgent ones only; the others are known by number. */
  readonly more: number;
}

/** As `notOk` and `states` are told one after the other, it is what one has beyond the other. */
function withMore(summary: FleetSummary, notOk: Fleet['notOk']): Fleet {
  const { ok: _ok, ...states } = summary.states;
  const count = Object.values(states).reduce((sum, each) => sum + each, 0);
  return { ...summary, notOk, more: Math.max(0, count - notOk.size) };
}

export const fleet = signal<Fleet | null>(null);
/** Null until the healer has told them. */
export const openIncidents = signal<readonly Incident[] | null>(null);
/** Whether more are open than are asked for. */
export const areIncidentsCut = signal(false);
/** Counts up whenever an incident may have opened or ended, for views that ask for those that are over. */
export const incidentsTurn = signal(0);

/** When something was last heard, by the healer's clock. */
const heardAt = signal<number | null>(null);
/** Why the newest question failed; null where it was answered. */
const askFailure = signal<string | null>(null);
/** Since when the stream is down, by the healer's clock; null while it is open. */
const lostAt = signal<number | null>(null);

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The stream is down; what is shown is asked for again and again. */
  | { readonly state: 'polling'; readonly since: number; readonly asOf: number | null }
  /** Nobody answers: what is shown is old. */
  | {
      readonly state: 'stale';
      readonly since: number | null;
      readonly asOf: number | null;
      readonly why: string;
    };

export const link = computed<Link>(() => {
  const since = lostAt.value;
  const why = askFailure.value;
  if (why !== null) return { state: 'stale', since, asOf: heardAt.peek(), why };
  if (fleet.value === null || openIncidents.value === null) return { state: 'connecting' };
  return since === null ? { state: 'live' } : { state: 'polling', since, asOf: heardAt.value };
});

/** Why nothing can be ordered now; null where it can. */
export const whyDisabled = computed(() => {
  if (link.value.state === 'stale') return 'The healer cannot be reached, and what is shown may be over.';
  return link.value.state === 'connecting' ? 'The page is still connecting.' : whyNoOrders.value;
});

const refreshLeastMs = 700;
const quietRefreshMs = 15_000;
const pollMs = 4_000;
/** Of open incidents: as many are asked for, the newest. */
export const openLimit = 500;

const turns: ReadonlySet<string> = new Set(['incident-opened', 'incident-reopened', 'incident-closed']);

const refresher = new Refresher(refresh, refreshLeastMs);
const entryListeners = new Set<(entry: LogEntry) => void>();

/** Calls back with each entry of the log as it is written. Returns the function that ends it. */
export function onLogEntry(listener: (entry: LogEntry) => void): () => void {
  entryListeners.add(listener);
  return () => entryListeners.delete(listener);
}

/** After an order: show what became of it. */
export function refreshFleet(): void {
  refresher.ask();
}

/** The stream tells explanations, not attempts; while it is down, all is asked for. */
async function refresh(): Promise<void> {
  try {
    const [incidents, present] = await Promise.all([
      askIncidents({ open: true, limit: openLimit }),
      lostAt.peek() === null ? null : askNotOk(),
    ]);
    takeOpen(incidents);
    if (present !== null && lostAt.peek() !== null) take(present);
    heard();
    askFailure.value = null;
  } catch (error) {
    const isAnswer = error instanceof AnswerNotUnderstood || error instanceof HealerProblem;
    askFailure.value = isAnswer ? error.message : 'It does not answer.';
  }
}

function takeOpen({ incidents, next }: IncidentPage): void {
  const before = new Set(openIncidents.peek()?.map(({ incident }) => incident));
  const isSame = incidents.length === before.size && incidents.every(({ incident }) => before.has(incident));
  openIncidents.value = incidents;
  areIncidentsCut.value = next !== null;
  if (!isSame) incidentsTurn.value += 1;
}

function heard(): void {
  tick();
  heardAt.value = serverClock.now();
}

function take({ explanations, ...summary }: FleetNow): void {
  fleet.value = withMore(summary, new Map(explanations.map((each) => [each.resource, each])));
}

function takeExplanation(explanation: Explanation): void {
  const present = fleet.value;
  if (present === null) return;
  const notOk = new Map(present.notOk);
  if (explanation.state === 'ok') notOk.delete(explanation.resource);
  else notOk.set(explanation.resource, explanation);
  fleet.value = withMore(present, notOk);
}

function takeEvent(type: string, data: unknown): void {
  switch (type) {
    case 'now':
      lostAt.value = null;
      take(readFleetNow(data));
      // What opened and ended while nobody listened is known to no entry of the log.
      incidentsTurn.value += 1;
      refresher.ask();
      return;
    case 'fleet':
      if (fleet.value !== null) fleet.value = withMore(readFleetSummary(data), fleet.value.notOk);
      return;
    case 'explanation':
      takeExplanation(readExplanation(data));
      return;
    case 'log': {
      const entry = readLogEntry(data);
      if (entry.incident !== null) refresher.ask();
      if (turns.has(entry.event.type)) incidentsTurn.value += 1;
      for (const listener of entryListeners) listener(entry);
      return;
    }
    default:
    // A newer healer may tell more.
  }
}

/** Follows the healer until the returned function is called. */
export function followFleet(): () => void {
  const stream = new EventStream({
    onHeard: heard,
    onEvent: takeEvent,
    onLost: () => {
      lostAt.value ??= serverClock.now();
      refresher.ask();
    },
  });
  const quiet = setInterval(() => refresher.ask(), quietRefreshMs);
  const poll = setInterval(() => {
    if (lostAt.value !== null || askFailure.value !== null) refresher.ask();
  }, pollMs);
  const hurry = () => {
    stream.hurry();
    refresher.ask();
  };
  const whenSeen = () => {
    if (document.visibilityState === 'visible') hurry();
  };
  const drop = () => stream.drop();
  window.addEventListener('online', hurry);
  window.addEventListener('offline', drop);
  document.addEventListener('visibilitychange', whenSeen);
  stream.start();
  return () => {
    stream.stop();
    refresher.stop();
    clearInterval(quiet);
    clearInterval(poll);
    window.removeEventListener('online', hurry);
    window.removeEventListener('offline', drop);
    document.removeEventListener('visibilitychange', whenSeen);
    fleet.value = null;
    openIncidents.value = null;
    areIncidentsCut.value = false;
    heardAt.value = null;
    lostAt.value = null;
    askFailure.value = null;
  };
}
