import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the error's text. */
  readonly what: string;
  /** Default 30,000. */
  readonly deadlineMs?: number;
  /** Pause between two looks, default 20. */
  readonly everyMs?: number;
}

export class WaitError extends Error {
  readonly code = 'lab-wait-timeout';
}

/**
 * Looks again and again until `condition` gives something else than false, null or undefined, and returns it.
 * A condition that throws counts as not yet; its last error becomes the `cause` of the WaitError.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const endsAt = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(options.everyMs ?? 20);
  } while (performance.now() < endsAt);
  throw new WaitError(`waited ${deadlineMs} ms in vain for ${options.what}`, { cause });
}
