import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSaltEnvironment, installSalt, type SaltLab, startSalt, waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logAt } from '../healer/workshop.ts';
import { jitter } from './application.ts';
import { climbLadder, evidence, isSettled, type Ladder, untilSettled } from './article-ladder.ts';
import { type SaltMode, startHealerOverSalt, writeInstallation } from './healer-over-salt.ts';
import { startHealerProcess } from './healer-process.ts';
import { conditionOf, startBeside, startHere } from './instance.ts';
import { attemptsIn, creditIn, eventsIn, firstFaultAt } from './outage-log.ts';
import { markMs, retryCapMs, scaledPlaybook } from './scaled-playbook.ts';
import { prepareDatabase, type SupervisedDatabase } from './supervised-database.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 180_000 });

let folder: string;
let lab: SaltLab;
let database: SupervisedDatabase;

beforeAll(async () => {
  const environment = (await findSaltEnvironment()) ?? (await installSalt());
  folder = await mkdtemp(join(tmpdir(), 'prunella-article-salt-'));
  database = await prepareDatabase(folder);
  lab = await startSalt({
    folder: join(folder, 'salt'),
    minions: ['db1'],
    mode: 'both',
    fileRoots: [database.states],
    services: [database.service],
    environment,
  });
});

afterAll(async () => {
  await lab?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const highstate = 'salt.state.highstate';
const restart = 'salt.service.restart';

describe.each([
  { mode: 'api', instances: 3, start: startBeside, replaced: true },
  { mode: 'hook', instances: 1, start: startHere, replaced: false },
] as const)('an outage that the first restart does not end, with Salt in $mode mode', (given) => {
  let ladder: Ladder;
  const duringOutage = <Told extends { readonly at: number }>(told: readonly Told[]) =>
    told.filter(({ at }) => at > ladder.firstFaultAt && at < (ladder.attempts.at(-1)?.intendedAt ?? 0));

  beforeAll(async () => {
    ladder = await climbLadder({ lab, database, ...given });
  });

  it('each application retries by itself, at most as often as the article does', () => {
    for (const { told } of ladder.complaining) {
      const tries = duringOutage(told).flatMap((line) => (line.type === 'reconnect' ? [line] : []));
      expect(tries.length).toBeGreaterThan((2 * markMs) / retryCapMs);
      expect(tries.every(({ succeeded }) => !succeeded)).toBe(true);
      const longest = Math.max(...tries.map(({ nextInMs }) => nextInMs ?? 0));
      expect(longest).toBeCloseTo(jitter * retryCapMs);
    }
  });

  it('each application goes on from its cache, and says how old it is', () => {
    for (const { told } of ladder.complaining) {
      const reads = duringOutage(told).flatMap((line) => (line.type === 'read' ? [line] : []));
      expect(reads.length).toBeGreaterThan(100);
      expect(reads.every(({ cacheOnly, failcount }) => cacheOnly && failcount === 3)).toBe(true);
      expect(reads.at(-1)?.ageMs).toBeGreaterThan(3 * markMs);
      expect(duringOutage(told).filter(({ type }) => type === 'lost')).toEqual([]);
    }
  });

  it('highstate runs at the first mark, restart at the second, and both again at the third and fourth', () => {
    const marks = ladder.attempts.map(({ step, intendedAt }) => [
      step,
      Math.floor((intendedAt - ladder.firstFaultAt) / markMs),
    ]);
    expect(marks).toEqual([
      [highstate, 1],
      [restart, 2],
      [highstate, 3],
      [restart, 4],
    ]);
  });

  it('neither comes more often than its `every`', () => {
    const [first, second, third, fourth] = ladder.attempts.map(({ intendedAt }) => intendedAt);
    expect((third ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(markMs);
    expect((fourth ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(2 * markMs);
  });

  it('on the minion exactly that happened, and nothing else', () => {
    const [first, second, third, fourth] = ladder.attempts.map(({ intendedAt }) => intendedAt);
    expect(ladder.highstates).toEqual([
      expect.toSatisfy((at) => at >= Number(first) && at < Number(second)),
      expect.toSatisfy((at) => at >= Number(third) && at < Number(fourth)),
    ]);
    const refused = ladder.launches.filter((launch) => launch.refused);
    expect(refused).not.toEqual([]);
    // Supervisor tries some times for each order to start.
    expect(refused.every(({ at }) => at >= Number(second) && at < Number(third))).toBe(true);
    const started = ladder.launches.filter((launch) => !launch.refused);
    expect(started).toEqual([{ refused: false, at: expect.toSatisfy((at) => at >= Number(fourth)) }]);
  });

  it('one attempt at a time: each has its verdict before the next begins', () => {
    expect(ladder.attempts.map(({ verdict }) => verdict)).toEqual([
      'ineffective',
      'ineffective',
      'ineffective',
      'effective',
    ]);
    for (const [index, { verdictAt }] of ladder.attempts.entries()) {
      const next = ladder.attempts[index + 1];
      if (next !== undefined) expect(verdictAt).toBeLessThanOrEqual(next.intendedAt);
    }
  });

  it('the result of each says no more than is known', () => {
    const outcomes = ladder.attempts.map(({ result }) => result?.outcome);
    expect(outcomes).toEqual(
      given.mode === 'api'
        ? ['succeeded', 'failed', 'succeeded', 'succeeded']
        : ['unknown', 'unknown', 'unknown', 'unknown'],
    );
  });

  it('there is one incident, closed with the second restart as its credit', () => {
    expect(eventsIn(ladder.log, 'incident-opened')).toHaveLength(1);
    expect(creditIn(ladder.log)).toEqual({ to: 'attempt', attempt: ladder.attempts[3]?.attempt });
  });

  if (!given.replaced) return;

  it('new instances confirm the repair in the place of those that complained', () => {
    expect(ladder.complaining.map(conditionOf)).toEqual(['down', 'down', 'down']);
    expect(ladder.replacing.map(conditionOf)).toContain('ok');
    // The new ones may have complained as well, while the database was starting.
    const verdict = eventsIn(ladder.log, 'verdict-given').at(-1)?.event;
    expect(verdict?.reason).toMatch(/^([3-6]) of \1 complaining instances ok, 0 sick/);
    expect(verdict?.verdict).toBe('effective');
  });
});

it.each<SaltMode>(['api', 'hook'])(
  'nothing is run when the database comes back by itself before the first mark (%s mode)',
  async (mode) => {
    await database.reset(lab);
    const healer = await startHealerOverSalt(lab, mode, database.port, await scaledPlaybook());
    const application = startHere({ port: database.port, healer: healer.address });
    try {
      await untilSettled(healer, [application]);
      await database.kill();
      const brokenAt = await waitFor(() => firstFaultAt(healer.log), { what: 'the incident to open' });
      // By hands that the healer does not know of.
      await lab.run('db1', 'service.start', ['rethinkdb']);
      await waitFor(() => creditIn(healer.log), { what: 'the incident to be closed' });
      await waitFor(() => Date.now() > brokenAt + markMs + 1_000, { what: 'the first mark to be over' });
      expect(creditIn(healer.log)).toEqual({ to: 'itself' });
      expect(eventsIn(healer.log, 'attempt-proposed')).toEqual([]);
      expect(await database.highstates()).toEqual([]);
      expect(await database.launches()).toHaveLength(1);
    } finally {
      await application.end();
      await healer.stop();
    }
  },
);

it('hooks that answer success while the minion is down are no repair, and the explanation says so', async () => {
  await database.reset(lab);
  const healer = await startHealerOverSalt(lab, 'hook', database.port, await scaledPlaybook());
  const application = startHere({ port: database.port, healer: healer.address });
  const explained = () => healer.engine.explain('rethinkdb/main')[0];
  try {
    await untilSettled(healer, [application]);
    await lab.killMinion('db1');
    await database.kill();
    await waitFor(() => attemptsIn(healer.log)[0]?.result, {
      what: 'the first hook to be answered',
      deadlineMs: 3 * markMs,
    });
    expect(explained()).toMatchObject({
      state: 'attempting',
      next: { what: expect.stringContaining('targets as written, not resolved') },
    });
    await waitFor(() => attemptsIn(healer.log)[1]?.result, {
      what: 'the second hook to be answered',
      deadlineMs: 3 * markMs,
    });
    const [first, second] = attemptsIn(healer.log);
    for (const attempt of [first, second]) {
      expect(attempt?.result).toMatchObject({
        outcome: 'unknown',
        summary: expect.stringContaining('took the webhook'),
      });
    }
    expect(first).toMatchObject({ step: highstate, verdict: 'ineffective' });
    expect(second).toMatchObject({ step: restart, verdict: null });
    expect(explained()?.reason).toContain(`${highstate} was ineffective`);
  } finally {
    await application.end();
    await healer.stop();
    await lab.startMinion('db1');
  }
  expect(await database.highstatesBegun()).toBe(0);
  expect(await database.launches()).toEqual([]);
});

it('a healer killed between intent and result finds its Salt job again, and runs it once', async () => {
  await database.reset(lab);
  await database.slowDown(5);
  const playbook = await scaledPlaybook({ highstateDeadline: '60s' });
  const installation = await writeInstallation(lab, 'api', database.port, playbook);
  let healer = await startHealerProcess(installation.configurationFile);
  const { socket } = healer;
  const application = startHere({ port: database.port, healer: socket });
  try {
    await waitFor(async () => isSettled(await logAt(socket), [application]), {
      what: 'the application to be heard of',
    });
    await database.kill();
    await waitFor(async () => (await database.highstatesBegun()) === 1, {
      what: 'the highstate to be under way',
      deadlineMs: 3 * markMs,
    });
    const [intended] = attemptsIn(await logAt(socket));
    expect(intended).toMatchObject({ step: highstate, result: null });
    await healer.kill();
    expect(await database.highstates()).toEqual([]);

    healer = await startHealerProcess(installation.configurationFile);
    const found = await waitFor(
      async () => attemptsIn(await logAt(socket)).find(({ verdict }) => verdict !== null),
      { what: 'its verdict', everyMs: 200 },
    );
    expect(found).toMatchObject({
      attempt: intended?.attempt,
      result: { outcome: 'succeeded', targets: [{ id: 'db1', outcome: 'succeeded', fenced: true }] },
      verdict: 'ineffective',
    });
    expect(attemptsIn(await logAt(socket))).toHaveLength(1);
    expect(await database.highstatesBegun()).toBe(1);
    expect(await database.highstates()).toHaveLength(1);
    expect(await jobsOf(intended?.attempt ?? '')).toHaveLength(1);
  } catch (error) {
    const story = await evidence({ lab, database }, await logAt(socket).catch(() => []));
    throw new Error(`the job was not found again:\n${story}`, { cause: error });
  } finally {
    await application.end();
    await healer.kill();
    await installation.remove();
  }
});

/** The jobs that carry an attempt in their metadata, and order something. */
async function jobsOf(attempt: string): Promise<readonly string[]> {
  const jobs = await lab.call({ client: 'runner', fun: 'jobs.list_jobs' });
  return Object.entries(jobs ?? {})
    .filter(([, job]) => job.Function === 'prunella.apply' && JSON.stringify(job).includes(`"${attempt}"`))
    .map(([jid]) => jid);
}
