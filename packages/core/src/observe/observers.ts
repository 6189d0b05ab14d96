import type { Condition, FaultKind } from '@prunella/protocol';
import { isSick } from '@prunella/protocol';
import type { Instance, ObserveState, View } from './state.ts';
import { never, viewOf } from './view.ts';

/** What one instance sees of one resource now. Ages in ms, of the moment that was asked for. */
export interface ObserverView {
  readonly instance: string;
  readonly service: string;
  /** Null where it did not say on which host it runs. */
  readonly host: string | null;
  /** `unknown` while it is silent, whatever it said last. */
  readonly condition: Condition;
  /** How long the condition has been this: of a silent one, how long it has been overdue. */
  readonly sinceMs: number;
  /** Kinds of fault that it names now; empty where it is not sick. */
  readonly kinds: readonly FaultKind[];
  /** Since the beginning of its newest success; null where it has had none. */
  readonly lastSuccessAgeMs: number | null;
  /** How old the newest value is that it answers from its cache; null where it answers none so. */
  readonly cacheAgeMs: number | null;
  /** Nothing was heard of it for longer than its time to live. */
  readonly silent: boolean;
  /** Since its newest report. */
  readonly heardAgeMs: number;
}

export interface ObserverQuery {
  /** The cursor that came with the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

export interface ObserverPage {
  /** The sick first, then the silent and unknown, then the well; each by name. */
  readonly observers: readonly ObserverView[];
  /** Where the next page begins; null where this is the last. */
  readonly next: string | null;
}

/** The observers of one resource, a page of them. Walks over all instances once: it is for people. */
export function observersOf(
  state: ObserveState,
  resource: string,
  { after, limit }: ObserverQuery,
  now: number,
): ObserverPage {
  const found: Found[] = [];
  for (const instance of Object.values(state.instances)) {
    const view = instance.left ? undefined : viewOf(instance.views, resource);
    if (view === undefined) continue;
    const key = `${rankOf(instance, view)} ${instance.id}`;
    if (after === null || key > after) found.push({ key, instance, view });
  }
  found.sort((left, right) => (left.key < right.key ? -1 : 1));
  const page = found.slice(0, limit);
  return {
    observers: page.map(({ instance, view }) => seenBy(instance, view, now)),
    next: found.length > limit ? (page.at(-1)?.key ?? null) : null,
  };
}

interface Found {
  readonly key: string;
  readonly instance: Instance;
  readonly view: View;
}

function rankOf(instance: Instance, { condition }: View): number {
  if (instance.silent || condition === 'unknown') return 1;
  return isSick(condition) ? 0 : 2;
}

function seenBy(instance: Instance, view: View, now: number): ObserverView {
  const { silent } = instance;
  const condition = silent ? 'unknown' : view.condition;
  return {
    instance: instance.id,
    service: instance.service,
    host: instance.host,
    condition,
    sinceMs: ageOf(silent ? instance.silentAt : view.sinceAt, now) ?? 0,
    kinds: isSick(condition) && view.kind !== null ? [view.kind] : [],
    lastSuccessAgeMs: ageOf(view.lastSuccessAt, now),
    cacheAgeMs: silent ? null : ageOf(view.cachedAt, now),
    silent,
    heardAgeMs: ageOf(instance.receivedAt, now) ?? 0,
  };
}

function ageOf(at: number, now: number): number | null {
  return at === never ? null : Math.max(0, now - at);
}
