import { fileURLToPath } from 'node:url';
import { waitFor } from '@prunella/labs';
import { afterEach, expect, it } from 'vitest';
import { logAt } from '../healer/workshop.ts';
import type { EmbeddedTold } from './embedded-application.ts';
import { attemptsIn, creditIn, eventsIn } from './outage-log.ts';
import { prepareSupervisedPostgres, type SupervisedPostgres } from './supervised-postgres.ts';
import { startTelling, type TellingProcess } from './telling-process.ts';

const program = fileURLToPath(new URL('./embedded-application.ts', import.meta.url));

type Application = TellingProcess<EmbeddedTold>;

let database: SupervisedPostgres | null = null;
let applications: readonly Application[] = [];

afterEach(async () => {
  await Promise.all(applications.map((application) => application.end('kill')));
  await database?.stop();
});

const lastRole = ({ told }: Application) => told.findLast((one) => one.type === 'role');
const holders = () => applications.filter((one) => lastRole(one)?.role === 'holder');

it('three applications with the healer inside, the one that heals killed in the middle of its repair: the database is restarted once', {
  timeout: 120_000,
}, async () => {
  // Long enough to be killed in.
  const supervised = await prepareSupervisedPostgres({ engine: 'pglite', settle: '4s' });
  database = supervised;
  const { configurationFile, connectionString } = supervised;
  applications = [1, 2, 3].map(() =>
    startTelling<EmbeddedTold>(program, [configurationFile, connectionString]),
  );
  await waitFor(() => applications.every((one) => lastRole(one) !== undefined), { what: 'all to start' });
  const [socket = ''] = applications.map((one) => lastRole(one)?.socket ?? '');
  await waitFor(
    async () => eventsIn(await logAt(socket), 'summary-changed').at(-1)?.event.conditions.ok === 3,
    { what: 'the holder to hear of three well applications', everyMs: 100 },
  );
  const [holder, ...others] = holders();
  expect(others).toEqual([]);

  await supervised.kill();
  await waitFor(async () => (await supervised.launches()) === 2, { what: 'the restart to be under way' });
  expect(attemptsIn(await logAt(socket))).toMatchObject([{ step: 'process.restart', result: null }]);
  await holder?.end('kill');
  applications = applications.filter((one) => one !== holder);
  await waitFor(() => holders().length > 0, { what: 'another one to take over' });

  const log = await waitFor(
    async () => {
      const entries = await logAt(socket);
      return creditIn(entries) === null ? null : entries;
    },
    { what: 'the incident to be closed', everyMs: 100, deadlineMs: 60_000 },
  );
  expect(attemptsIn(log)).toMatchObject([{ result: { outcome: 'succeeded' }, verdict: 'effective' }]);
  expect(creditIn(log)).toEqual({ to: 'attempt', attempt: attemptsIn(log)[0]?.attempt });
  expect(eventsIn(log, 'incident-opened')).toHaveLength(1);
  expect(await supervised.launches()).toBe(2);
  expect(holders()).toHaveLength(1);
});
