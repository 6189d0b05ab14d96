const firstPauseMs = 1_000;

/**
 * How long to wait after the `failures`th failure in a row: exponential, with full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), so that channels that failed together do not come back together.
 */
export function pauseMs(
  failures: number,
  longestMs: number,
  random: () => number,
  needsMending: boolean,
): number {
  const most = needsMending ? longestMs : Math.min(longestMs, firstPauseMs * 2 ** Math.min(failures, 30));
  // Never at once: a channel that refuses is left alone for a moment.
  return Math.max(Math.min(100, longestMs), Math.round(random() * most));
}
