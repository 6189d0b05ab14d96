// What docs/testing-with-chaos.md shows, as a program.
// #region attach
import { attach } from '@prunella/guard';
import { chaos } from '@prunella/guard/chaos';
import { pgPool } from '@prunella/guard/pg';

// #endregion

import type pg from 'pg';
import { expect } from 'vitest';

interface Monitor {
  readonly failcount: number;
}

/** Reads once before the outage, and once during it. */
export async function rehearse(pool: pg.Pool): Promise<void> {
  // #region outage
  const faults = chaos(pgPool(pool), { seed: 42 });
  const database = attach(faults, { resource: 'postgres/main', deadlineMs: 500 });
  // #endregion
  const getMonitor = async (id: string) => {
    const load = async () => {
      const { rows } = await pool.query<Monitor>('select failcount from monitors where id = $1', [id]);
      return rows[0];
    };
    return (await database.read({ key: id, load })).value;
  };
  await getMonitor('web-1');
  // #region follow
  // an outage: every call fails, and so does every ping
  faults.follow({ faults: { unreachable: 1 } });
  expect(await getMonitor('web-1')).toEqual({ failcount: 3 }); // from cache
  // it is over
  faults.calm();
  // #endregion
  expect(faults.counts).toEqual({ calls: 2, injected: { unreachable: 1 } });
  // #region play
  faults.play([
    { forCalls: 100 }, // calm
    { forCalls: 20, faults: { unreachable: 1 } }, // gone
    { forMs: 5_000, faults: { starting: 1 } }, // back, and loading
    { forMs: 30_000, latencyMs: 200, faults: { timeout: 0.2 } }, // slow
  ]);
  // #endregion
  await database.detach();
}

export function withDriversErrors(pool: pg.Pool) {
  // #region errors
  const faults = chaos(pgPool(pool), {
    plan: { faults: { starting: 1 } },
    errorFor: () => Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
  });
  // #endregion
  return faults;
}
