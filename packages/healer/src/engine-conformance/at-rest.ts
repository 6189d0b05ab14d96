/** What Node calls the work that ends by itself. Timers wait for a clock, sockets for others, open promises for a test. */
const endsByItself = /^(Immediate|FSReq|CloseReq)/;

/** What is begun at the end of a turn shows in the next. */
const quietTurns = 2;

let waiting: Promise<void> | null = null;

/**
 * Resolves when nothing goes on in this process that needs no time to pass: no turn of the event loop is asked for, no
 * file is read or written. Then an engine has decided and written what it can, and everything else waits for a timer,
 * for another program, or for whoever calls this. Rejects where that does not come to pass.
 */
export function atRest(patienceMs = 10_000): Promise<void> {
  // One wait for all who ask at once: each would take the turns of another for work.
  waiting ??= untilQuiet(patienceMs);
  return waiting;
}

async function untilQuiet(patienceMs: number): Promise<void> {
  const begunAt = performance.now();
  for (let quiet = 0; quiet < quietTurns; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const goesOn = process.getActiveResourcesInfo().filter((name) => endsByItself.test(name));
    quiet = goesOn.length === 0 ? quiet + 1 : 0;
    if (goesOn.length > 0 && performance.now() - begunAt > patienceMs) {
      waiting = null;
      throw new Error(`this process did not come to rest within ${patienceMs} ms: ${goesOn.join(', ')}`);
    }
  }
  waiting = null;
}
