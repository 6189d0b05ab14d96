import type { Configuration } from '../configuration/configuration.ts';
import { HealerStartError } from './start-error.ts';

/** What only a start can change, each with how it is written. */
const fixed: readonly (readonly [written: string, of: (configuration: Configuration) => unknown])[] = [
  ['store', ({ store }) => store],
  ['server', ({ server }) => server],
  ['tokens', ({ tokens }) => tokens],
  ['healer', ({ healer }) => healer],
  ['timing.reportHeartbeatOk', ({ timing }) => timing.reportHeartbeatOkMs],
];

/** Throws `restart-needed` where a reload could take over only a part of what was written. */
export function refuseWhatNeedsRestart(former: Configuration, next: Configuration): void {
  const changed = fixed.filter(([, of]) => JSON.stringify(of(former)) !== JSON.stringify(of(next)));
  if (changed.length === 0) return;
  const names = changed.map(([written]) => `\`${written}\``).join(', ');
  throw new HealerStartError(
    'restart-needed',
    `${names} cannot change while the healer runs: restart it, or write what was there before`,
  );
}
