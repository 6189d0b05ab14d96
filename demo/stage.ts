import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@prunella/core';
import { ensureRedis, startRedis } from '@prunella/labs';
import { stopProcessServices } from 'prunella';
import { type Actioners, prepareTables, startActioners } from './actioners.ts';
import { demoConfiguration, demoPlaybook } from './configuration.ts';
import { type Control, openControl } from './control.ts';
import { createDatabase, type DemoDatabase } from './database.ts';
import { type HealerProcess, startHealerProcess } from './healer.ts';
import { followLog } from './log-stream.ts';
import type { DemoOptions } from './options.ts';
import { prepareRepair } from './repair.ts';
import { type ActionerLine, Tally } from './tally.ts';
import type { Teardown } from './teardown.ts';

/** All parts, up and running. */
export interface Stage {
  readonly database: DemoDatabase;
  readonly actioners: Actioners;
  readonly tally: Tally;
  readonly configuration: string;
  readonly playbook: string;
  readonly healer: HealerProcess;
  /** Null in a headless run. */
  readonly control: Control | null;
}

export interface StageEvents {
  readonly say: (line: string) => void;
  readonly onActionerLine: (instance: number, line: ActionerLine) => void;
  readonly onLogEntry: (entry: LogEntry) => void;
  /** Before the first result is sent. */
  readonly onStage: (stage: Stage) => void;
}

export async function openStage(
  options: DemoOptions,
  events: StageEvents,
  teardown: Teardown,
  signal: AbortSignal,
): Promise<Stage> {
  const { say } = events;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'prunella-demo-')));
  teardown.add(async () => {
    if (options.keep) say(`everything of this run is in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  });

  const redisUrl = await startRedisIfThere(options, folder, say, teardown);
  signal.throwIfAborted();
  await mkdir(join(folder, 'postgres'));
  const database = await createDatabase(join(folder, 'postgres'));
  const storeFolder = join(folder, 'store');
  teardown.add(() => stopProcessServices(join(storeFolder, 'process')));
  const repair = await prepareRepair(options.repairBy, folder, database, say, signal);
  teardown.add(repair.stop);

  const control = options.headless ? null : await openControl(folder);
  if (control !== null) teardown.add(control.close);

  const playbook = demoPlaybook(options.repairBy);
  const playbookFile = join(folder, 'playbook.yaml');
  await writeFile(playbookFile, playbook);
  const configuration = demoConfiguration({
    postgresPort: database.port,
    storeFolder,
    playbookFile,
    repair: repair.address,
    drills: control,
  });
  const configurationFile = join(folder, 'prunella.yaml');
  await writeFile(configurationFile, configuration);

  signal.throwIfAborted();
  say('starting the healer: prunella up');
  const healer = await startHealerProcess(configurationFile, teardown);
  await database.ready();
  say(`a real PostgreSQL (PGlite's server, data on disk) answers on port ${database.port}`);
  await prepareTables(database.connectionString);

  signal.throwIfAborted();
  const tally = new Tally();
  const places = {
    databaseUrl: database.connectionString,
    redisUrl,
    healerAddress: healer.address,
    reporterToken: healer.reporterToken,
  };
  const actioners = await startActioners(places, tally, events.onActionerLine);
  teardown.add(actioners.stop);
  const following = new AbortController();
  const followed = followLog(healer.address, healer.operatorToken, events.onLogEntry, following.signal);
  teardown.add(async () => {
    following.abort();
    await followed;
  });
  const stage = { database, actioners, tally, configuration, playbook, healer, control };
  events.onStage(stage);
  actioners.send();
  return stage;
}

async function startRedisIfThere(
  options: DemoOptions,
  folder: string,
  say: (line: string) => void,
  teardown: Teardown,
): Promise<string | null> {
  if (options.memoryCache || (await ensureRedis(say)) === null) {
    say('going on without Redis: each actioner caches in memory and gets all results of its own monitors');
    return null;
  }
  const redis = await startRedis({ folder: join(folder, 'redis') });
  teardown.add(() => redis.stop());
  say(`a real Redis answers on port ${redis.port}`);
  return redis.url;
}
