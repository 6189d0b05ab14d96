import { fileURLToPath } from 'node:url';
import type { LogEntry } from '@prunella/core';
import { hasPostgresql, notRun, waitFor } from '@prunella/labs';
import type { FaultKind } from '@prunella/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Healer } from '../../src/healer/healer.ts';
import { startHealer } from '../../src/healer/start-healer.ts';
import type { InnocentTold, Trouble } from './innocent-trouble.ts';
import { attemptsIn, creditIn, eventsIn } from './outage-log.ts';
import { prepareSupervisedPostgres, type SupervisedPostgres } from './supervised-postgres.ts';
import { startTelling, type TellingProcess } from './telling-process.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const program = fileURLToPath(new URL('./innocent-application.ts', import.meta.url));
/** Several times what the playbook waits before it opens an incident. */
const troubleMs = 3_000;

let database: SupervisedPostgres;
let healer: Healer;
let application: TellingProcess<InnocentTold> | null = null;
let log: LogEntry[] = [];

beforeAll(async () => {
  if (!hasPostgresql()) return;
  database = await prepareSupervisedPostgres({ engine: 'postgresql', settle: '500ms' });
  healer = await startHealer({
    configurationFile: database.configurationFile,
    server: false,
    whenHeld: 'refuse',
  });
  healer.engine?.onLog((entry) => log.push(entry));
  await waitFor(() => database.answers(), { what: 'PostgreSQL to answer' });
});

afterAll(async () => {
  await healer?.stop();
  await database?.stop();
});

beforeEach((context) => {
  if (!hasPostgresql()) notRun(context, "needs PostgreSQL's own server");
  log = [];
});

afterEach(async () => {
  await application?.end();
  application = null;
});

function start(trouble: Trouble): TellingProcess<InnocentTold> {
  application = startTelling<InnocentTold>(program, [
    database.connectionString,
    healer.socket ?? '',
    trouble,
  ]);
  return application;
}

function faultsOf({ told }: TellingProcess<InnocentTold>, kind: FaultKind) {
  return told.flatMap((one) => (one.type === 'fault' && one.kind === kind ? [one] : []));
}

/** Until faults of this kind came for much longer than the playbook waits, and the healer has heard of it. */
async function sufferFrom(trouble: Trouble, kind: FaultKind): Promise<TellingProcess<InnocentTold>> {
  const running = start(trouble);
  await waitFor(
    () => {
      const faults = faultsOf(running, kind);
      const lastedMs = (faults.at(-1)?.at ?? 0) - (faults[0]?.at ?? 0);
      const heard = eventsIn(log, 'summary-changed').at(-1)?.event.observers === 1;
      return heard && faults.length >= 3 && lastedMs >= troubleMs;
    },
    { what: `faults of the kind ${kind} for ${troubleMs} ms` },
  );
  return running;
}

async function expectUntouched(): Promise<void> {
  expect(eventsIn(log, 'incident-opened')).toEqual([]);
  expect(eventsIn(log, 'attempt-proposed')).toEqual([]);
  expect(await database.launches()).toBe(1);
  expect(await database.answers()).toBe(true);
}

describe('faults that are not the database’s', () => {
  it.each<[Trouble, FaultKind]>([
    ['bad query', 'caller'],
    ['event loop blocked', 'local'],
    ['own pool starved', 'local'],
  ])('%s: they are %s, and nobody even suspects the database', async (trouble, kind) => {
    const running = await sufferFrom(trouble, kind);
    expect(faultsOf(running, kind).every(({ counted }) => !counted)).toBe(true);
    expect(running.told.filter((one) => one.type === 'fault' && one.counted)).toEqual([]);
    expect(healer.engine?.explain('postgres/main')).toMatchObject([{ state: 'ok' }]);
    expect(eventsIn(log, 'incident-suspected')).toEqual([]);
    await expectUntouched();
  });

  it('deadlines missed under a starved pool are a suspicion that the own probe does not confirm', async () => {
    const running = await sufferFrom('deadlines missed under a starved pool', 'timeout');
    expect(faultsOf(running, 'timeout').every(({ counted }) => counted)).toBe(true);
    await waitFor(() => healer.engine?.explain('postgres/main')[0]?.state === 'suspected', {
      what: 'the suspicion',
    });
    expect(healer.engine?.explain('postgres/main')[0]?.reason).toContain('but the own probe passes');
    await expectUntouched();
  });
});

it('the same database is restarted when it is really gone', async () => {
  const running = start('none');
  await waitFor(() => running.told.some(({ type }) => type === 'success'), { what: 'a call to succeed' });
  await database.kill();
  await waitFor(() => creditIn(log) !== null, { what: 'the incident to be closed' });
  expect(attemptsIn(log)).toMatchObject([{ step: 'process.restart', verdict: 'effective' }]);
  expect(creditIn(log)).toEqual({ to: 'attempt', attempt: attemptsIn(log)[0]?.attempt });
  expect(await database.launches()).toBe(2);
});
