/** Time as the guard sees it; injectable, so that tests need not wait. */
export interface Clock {
  /** Monotonic, in ms. Only differences mean anything. */
  now(): number;
  /** Ms since the Unix epoch; may jump. Only dates cached values. */
  wall(): number;
  /** Calls back once, after `delayMs`; never keeps the process alive. Returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
