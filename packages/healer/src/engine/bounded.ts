import type { Clock } from './clock.ts';

/**
 * Runs something that listens to an abort signal, and answers `late()` where it has not ended by the time it
 * should: nothing that others wrote can hold the engine for ever. It begins within the call. A rejection, and what
 * `run` or `late` throws, passes through.
 */
export function bounded<Value>(
  clock: Clock,
  limitMs: number,
  run: (signal: AbortSignal) => Promise<Value>,
  late: () => Value,
  outer?: AbortSignal,
): Promise<Value> {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  if (outer?.aborted === true) {
    abort();
  } else {
    outer?.addEventListener('abort', abort, { once: true });
  }
  return new Promise<Value>((resolve, reject) => {
    const cancelTimer = clock.after(limitMs, () => {
      controller.abort(new Error(`not ended within ${limitMs} ms`));
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    const ended = () => {
      cancelTimer();
      outer?.removeEventListener('abort', abort);
    };
    // First: whoever gets the value may abort, and nobody listens for that any more.
    begun(() => run(controller.signal))
      .finally(ended)
      .then(resolve, reject);
  });
}

/** At once, and not a turn later; what it throws is a rejection. */
async function begun<Value>(run: () => Promise<Value>): Promise<Value> {
  return run();
}
