import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/** By then V8 has let go of the compiled form of what only the start needed; what is called again is compiled again. */
const furtherTimes = 4;
const everyMs = 500;

/**
 * Gives back what the start left behind: reading ten thousand resources takes several times the memory that they
 * need, and a healer with little to do would hold on to it. Takes about a tenth of a second, and less a few times
 * after that; only for a process that is ours.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--flush-baseline-code');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') return;
  const collect = gc as Collect;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  let times = 0;
  const again = setInterval(() => {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    times += 1;
    if (times < furtherTimes) return;
    clearInterval(again);
    setFlagsFromString('--no-flush-baseline-code');
  }, everyMs);
  again.unref();
}
