import type { Signal } from '@prunella/core';
import { signalMemoryMs } from '../store/store.ts';

/**
 * By this a signal is known again. Resource and type are part of it since they are what a token is bound to: who may
 * speak for one takes nothing of another's away by guessing its id.
 */
export function signalKey({ source, resource, type, id }: Signal): string {
  return JSON.stringify([source, resource, type, id]);
}

/** As versions before wrote it; no newer key looks like it. */
export function formerSignalKey({ source, id }: Signal): string {
  return JSON.stringify([source, id]);
}

/** Whether a store may still know former keys: none is written after the start, and each is forgotten in time. */
export function formerKeysRemain(startedAt: number, now: number): boolean {
  return now - startedAt <= signalMemoryMs;
}
