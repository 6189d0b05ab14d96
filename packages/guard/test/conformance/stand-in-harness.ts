import type { Adapter } from '@prunella/guard';
import type { AdapterHarness } from '@prunella/guard/conformance';
import { type StandInHandle, standInAdapter } from '../documents/writing-an-adapter.ts';
import { StandInPool, StandInServer } from './stand-in-driver.ts';

export function standInHarness(
  adapt: (pool: StandInPool) => Adapter<StandInHandle> = standInAdapter,
): AdapterHarness<StandInHandle, StandInPool> {
  const server = new StandInServer();
  return {
    async lend() {
      const pool = new StandInPool(server);
      pool.on('error', () => {});
      return pool;
    },
    adapt,
    takeBack: async (pool) => pool.end(),
    call: (handle) => handle.ask('plain'),
    mistake: (handle) => handle.ask('mistake'),
    slow: (handle) => handle.ask('slow'),
    breakClient: (handle) => handle.ask('break'),
    useLent: (pool) => pool.ask('plain'),
    server,
  };
}
