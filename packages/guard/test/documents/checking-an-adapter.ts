// What docs/writing-an-adapter.md shows of the checks, as a program.

// #region checks
import { adapterChecks } from '@prunella/guard/conformance';
import { StandInPool, StandInServer } from '../conformance/stand-in-driver.ts';
import { standInAdapter } from './writing-an-adapter.ts';

// #endregion

const server = new StandInServer();

// #region harness
const checks = adapterChecks({
  lend: async () => new StandInPool(server).on('error', () => {}), // as an application makes it
  adapt: (pool) => standInAdapter(pool),
  takeBack: async (pool) => pool.end(),
  call: (handle) => handle.ask('plain'),
  mistake: (handle) => handle.ask('mistake'), // refused by the server
  slow: (handle) => handle.ask('slow'), // not answered in time, while others are
  breakClient: (handle) => handle.ask('break'), // ends its own client
  useLent: (pool) => pool.ask('plain'),
  server, // start, stop, stall, resume
});
// #endregion

export function run(it: (name: string, work: () => Promise<void>) => void): void {
  // #region run
  for (const check of checks) it(check.name, () => check.run());
  // #endregion
}
