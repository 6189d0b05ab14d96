/** Time as the engine knows it; a test brings its own. */
export interface Clock {
  /** Ms since the Unix epoch. */
  now(): number;
  /** Calls back once, not before the delay has passed. Returns the function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** `setTimeout` fires at once above this. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. Its timers never keep a process alive. Longer delays than 24 days end at 24 days. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), longestTimeoutMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
