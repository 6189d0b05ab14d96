import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installSalt, startSalt } from '@prunella/labs';
import type { RepairAddress } from './configuration.ts';
import type { DemoDatabase } from './database.ts';
import type { DemoOptions } from './options.ts';

/** What repairs, started and ready to be named in the configuration. */
export interface Repair {
  readonly address: RepairAddress;
  stop(): Promise<void>;
}

const settings = "# The database's configuration, as applied by the first step.\nmax_connections = 50\n";

export async function prepareRepair(
  by: DemoOptions['repairBy'],
  folder: string,
  database: DemoDatabase,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Repair> {
  return by === 'process' ? byProcess(database) : bySalt(by, folder, database, say, signal);
}

/** The healer itself supervises the database, under a runner that outlives it. */
function byProcess(database: DemoDatabase): Repair {
  const { command, folder, settingsFile } = database;
  return {
    address: { by: 'process', command, folder, applies: { path: settingsFile, content: settings } },
    stop: async () => {},
  };
}

/** A real master, minion and salt-api; supervisor is the service manager on the minion. */
async function bySalt(
  by: 'salt' | 'salt-hook',
  folder: string,
  database: DemoDatabase,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Repair> {
  const onProgress = ({ message }: { readonly message: string }) => say(message);
  await installSalt(undefined, onProgress, { signal });
  const states = join(folder, 'states');
  await writeStates(states, database);
  const [command, ...parameters] = database.command;
  const lab = await startSalt({
    folder: join(folder, 'salt'),
    minions: ['db1'],
    mode: by === 'salt' ? 'api' : 'hook',
    fileRoots: [states],
    services: [{ name: 'postgres', minion: 'db1', command, parameters, folder: database.folder }],
    onProgress,
    signal,
  });
  const secretFile = join(folder, by === 'salt' ? 'salt-password' : 'hook-secret');
  await writeFile(secretFile, by === 'salt' ? lab.api.password : lab.hook.secret, { mode: 0o600 });
  const { url, username } = lab.api;
  return {
    address: by === 'salt' ? { by, url, username, passwordFile: secretFile } : { by, url, secretFile },
    stop: () => lab.stop(),
  };
}

/** The highstate of the minion: the database's configuration, which cannot cure a dead process. */
async function writeStates(folder: string, database: DemoDatabase): Promise<void> {
  await mkdir(folder, { recursive: true });
  const contents = settings.split('\n').filter((line) => line !== '');
  const state = { 'file.managed': [{ name: database.settingsFile }, { contents }] };
  await writeFile(join(folder, 'top.sls'), JSON.stringify({ base: { '*': ['database'] } }));
  await writeFile(join(folder, 'database.sls'), JSON.stringify({ 'database-configuration': state }));
}
