import type { LogEntry } from '@prunella/core';
import { type SaltLab, waitFor } from '@prunella/labs';
import { type HealerOverSalt, type SaltMode, startHealerOverSalt } from './healer-over-salt.ts';
import type { Instance } from './instance.ts';
import { attemptsIn, creditIn, eventsIn, firstFaultAt, type LoggedAttempt, storyOf } from './outage-log.ts';
import { markMs, scaledPlaybook } from './scaled-playbook.ts';
import type { Launch, SupervisedDatabase } from './supervised-database.ts';

interface Scene {
  readonly lab: SaltLab;
  readonly database: SupervisedDatabase;
}

/** One outage in which the restart does not help at first, from the kill to the closing of the incident. */
export interface Ladder {
  readonly log: readonly LogEntry[];
  readonly firstFaultAt: number;
  readonly attempts: readonly LoggedAttempt[];
  readonly highstates: readonly number[];
  readonly launches: readonly Launch[];
  /** Those that saw the outage from its beginning. */
  readonly complaining: readonly Instance[];
  /** Those that came after the repair in the place of the complaining ones; none where these stayed. */
  readonly replacing: readonly Instance[];
}

export interface LadderOptions extends Scene {
  readonly mode: SaltMode;
  readonly instances: number;
  readonly start: (options: { readonly port: number; readonly healer: string }) => Instance;
  /** Ends every complaining instance as soon as the database is launched, before any of them can see it. */
  readonly replaced: boolean;
}

export async function climbLadder(options: LadderOptions): Promise<Ladder> {
  const { lab, database, mode, replaced } = options;
  await database.reset(lab);
  // New processes take their time to start, and a failed restart is no matter for the window.
  const playbook = await scaledPlaybook(replaced ? { restartWindow: '12s' } : {});
  const healer = await startHealerOverSalt(lab, mode, database.port, playbook);
  const begin = () =>
    Array.from({ length: options.instances }, () =>
      options.start({ port: database.port, healer: healer.address }),
    );
  const complaining = begin();
  let replacing: readonly Instance[] = [];
  try {
    await untilSettled(healer, complaining);
    await database.refuseToStart(true);
    await database.kill();
    await untilAttempt(healer, 3);
    // Supervisor tries some times for an order; on a slow machine the first try counts as started.
    await waitFor(async () => /FATAL|EXITED/.test((await lab.service('rethinkdb')).state), {
      what: 'supervisor to give the service up',
    });
    await database.refuseToStart(false);
    await untilAttempt(healer, 4);
    if (replaced) {
      await waitFor(async () => (await database.launches()).some(({ refused }) => !refused), {
        what: 'the database to be launched',
        everyMs: 5,
      });
      await Promise.all(complaining.map((instance, index) => instance.end(index === 0 ? 'goodbye' : 'kill')));
      replacing = begin();
    }
    await waitFor(() => creditIn(healer.log) !== null, { what: 'the incident to be closed' });
    return {
      log: healer.log,
      firstFaultAt: firstFaultAt(healer.log) ?? 0,
      attempts: attemptsIn(healer.log),
      highstates: await database.highstates(),
      launches: await database.launches(),
      complaining,
      replacing,
    };
  } catch (error) {
    throw new Error(`the ladder was not climbed:\n${await evidence(options, healer.log)}`, { cause: error });
  } finally {
    await Promise.all([...complaining, ...replacing].map((instance) => instance.end()));
    await healer.stop();
  }
}

/** Every instance reads fresh values, and the healer has heard so. */
export function isSettled(log: readonly LogEntry[], instances: readonly Instance[]): boolean {
  const summary = eventsIn(log, 'summary-changed').at(-1)?.event;
  const readsFresh = ({ told }: Instance) => told.some((line) => line.type === 'read' && !line.cacheOnly);
  return summary?.conditions.ok === instances.length && instances.every(readsFresh);
}

export async function untilSettled(healer: HealerOverSalt, instances: readonly Instance[]): Promise<void> {
  await waitFor(() => isSettled(healer.log, instances), {
    what: `the healer to hear of ${instances.length} well instance(s)`,
  });
}

async function untilAttempt(healer: HealerOverSalt, count: number): Promise<void> {
  await waitFor(() => attemptsIn(healer.log).length >= count, {
    what: `attempt ${count}`,
    deadlineMs: 4 * markMs,
  });
}

/** What a failing test needs to be understood. */
export async function evidence({ lab, database }: Scene, log: readonly LogEntry[]): Promise<string> {
  const { state } = await lab.service('rethinkdb');
  const launches = JSON.stringify(await database.launches());
  const highstates = JSON.stringify(await database.highstates());
  return [
    storyOf(log),
    `the service is ${state}; launches ${launches}; highstates ${highstates}`,
    ...['db1', 'db1-supervisor', 'master', 'api'].map((name) => `log of ${name}:\n${lab.logTail(name)}`),
  ].join('\n');
}
