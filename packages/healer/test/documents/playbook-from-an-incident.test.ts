import { findRedis, notRun } from '@prunella/labs';
import { expect, test } from 'vitest';
import { walk } from './walk.ts';

test('docs/playbook-from-an-incident.md leads from a night to a playbook that passes it, command by command', {
  timeout: 120_000,
}, async (context) => {
  if (findRedis() === null) notRun(context, 'needs redis-server on the PATH');
  const { said } = await walk({
    page: 'docs/playbook-from-an-incident.md',
    ports: ['16391', '17791'],
    standIns: [],
    deadlineMs: 110_000,
  });
  expect(said).toHaveLength(6);
  const [, night, changed, log, autonomy] = said;
  expect(night).toContain('orders[0].step: expected process.restart: it was process.start on main at 2m');
  expect(night).toMatch(/2 scenarios: 1 differ, 0 broken\nas in that night\n$/);
  expect(changed).toMatch(/ 0 errors, 0 warnings\n/);
  expect(changed).toContain('2 scenarios: 0 differ, 0 broken');
  expect(changed).toMatch(/attempt .* intended: process\.restart, run 1, on main/);
  expect(log).toMatch(/decision|log/);
  expect(autonomy).toMatch(/redis\/main process\.restart: shadow/);
});
