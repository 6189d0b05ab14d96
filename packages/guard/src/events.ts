import type { Condition, Directive } from '@prunella/protocol';
import type { Fault } from './fault.ts';

/** The events of a guard, by name, with what each listener receives. */
export interface GuardEvents {
  /** The condition changed. `fault` is the newest one that blames the resource, null when it is well. */
  condition: { readonly condition: Condition; readonly previous: Condition; readonly fault: Fault | null };
  /** A call, a ping or a driver's own event failed. `counted` is false where it changes no condition. */
  fault: { readonly fault: Fault; readonly counted: boolean };
  /** One attempt to bring the connection back ended. `nextInMs` is null after a success. */
  reconnect: { readonly attempt: number; readonly succeeded: boolean; readonly nextInMs: number | null };
  /** A write could not be made and is kept. `waiting` counts it too. */
  kept: { readonly key: string; readonly idempotencyKey: string; readonly waiting: number };
  /** A kept write was made. */
  replayed: { readonly key: string; readonly idempotencyKey: string; readonly waitedMs: number };
  /**
   * A write is lost: it could not be kept, its replay failed by the caller's fault, or the guard was detached.
   * `fault.outcomeUnknown`: a try of it may have made it all the same; where one was under way at `detach`,
   * `replayed` follows if it did.
   */
  lost: { readonly key: string; readonly idempotencyKey: string; readonly fault: Fault };
  /**
   * The journal does not try a kept write again by itself: its replay failed by the caller's fault, or too often.
   * `fault.outcomeUnknown`: an earlier try may have made it.
   */
  setAside: { readonly key: string; readonly idempotencyKey: string; readonly fault: Fault };
  /** The cache failed, or `merge` or `applyToCached` threw; the call itself went on. */
  cache: { readonly key: string; readonly doing: 'get' | 'set' | 'merge' | 'apply'; readonly error: unknown };
  /** The healer said something new about this resource. */
  directive: { readonly directive: Directive };
}

export type GuardEventName = keyof GuardEvents;

const names: Readonly<Record<GuardEventName, true>> = {
  condition: true,
  fault: true,
  reconnect: true,
  kept: true,
  replayed: true,
  lost: true,
  setAside: true,
  cache: true,
  directive: true,
};

export const guardEventNames = Object.keys(names);
