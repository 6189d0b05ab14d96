import { expect, it } from 'vitest';
import { saltRaces } from '../../torture/salt/races.ts';

// The short form of `npm run salt-races`, which does more at once and ends the master, too.
it('a minion killed in the middle of an order, salt-api killed, the job cache cleared: nothing twice, everything explained', async () => {
  const disturbances = ['minion killed', 'api killed', 'job cache cleared'] as const;
  const report = await saltRaces({ orders: 6, minions: 2, disturbances, fences: true, notAfterMs: 8_000 });
  expect(report.broken).toEqual([]);
  expect(report).toMatchObject({ complete: true, disturbed: disturbances });
  expect(report.outcomes['succeeded']).toBeGreaterThan(0);
}, 240_000);
