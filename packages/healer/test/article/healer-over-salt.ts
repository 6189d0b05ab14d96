import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@prunella/core';
import type { SaltLab } from '@prunella/labs';
import type { EmbeddedEngine } from '../../src/engine/embedded-engine.ts';
import { startHealer } from '../../src/healer/start-healer.ts';

/** Where the minion keeps its records by default, under Salt's `root_dir`. */
const recordsFolder = 'var/lib/prunella/salt';

export type SaltMode = 'api' | 'hook';

export interface HealerOverSalt {
  /** What applications report to: its local socket. */
  readonly address: string;
  readonly engine: EmbeddedEngine;
  /** The whole log, as it grows. */
  readonly log: readonly LogEntry[];
  stop(): Promise<void>;
}

/** A new installation: configuration, playbook and an empty store in a folder of its own. */
export async function writeInstallation(
  lab: SaltLab,
  mode: SaltMode,
  databasePort: number,
  playbook: string,
): Promise<{ readonly configurationFile: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-article-'));
  const secret = join(folder, 'secret');
  await writeFile(secret, mode === 'api' ? lab.api.password : lab.hook.secret, { mode: 0o600 });
  const playbookFile = join(folder, 'rethinkdb.yaml');
  await writeFile(playbookFile, playbook);
  const { url, username } = lab.api;
  const probe = { type: 'rethinkdb', port: databasePort, interval: '200ms', timeout: '1s' };
  const configuration = {
    server: { port: 0 },
    playbooks: [playbookFile],
    resources: { 'rethinkdb/main': { nodes: { db1: { target: 'db1', probe } } } },
    backends: {
      salt:
        mode === 'api'
          ? { mode, url, username, password: { file: secret } }
          : { mode, url, secret: { file: secret } },
    },
    timing: { reportHeartbeat: '200ms', reportHeartbeatOk: '500ms', graceAfterStart: '2s' },
  };
  const configurationFile = join(folder, 'prunella.yaml');
  // JSON is YAML.
  await writeFile(configurationFile, JSON.stringify(configuration));
  // To the minion each installation is another one; its records would refuse the orders of the second.
  await rm(join(lab.folder, 'minions/db1', recordsFolder), { recursive: true, force: true });
  return { configurationFile, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A healer in this process, without a TCP port. */
export async function startHealerOverSalt(
  lab: SaltLab,
  mode: SaltMode,
  databasePort: number,
  playbook: string,
): Promise<HealerOverSalt> {
  const { configurationFile, remove } = await writeInstallation(lab, mode, databasePort, playbook);
  const healer = await startHealer({ configurationFile, server: false, whenHeld: 'refuse' });
  const { engine, socket } = healer;
  if (engine === undefined || socket === null) throw new Error('the healer started and does not heal');
  const log: LogEntry[] = [];
  engine.onLog((entry) => log.push(entry));
  return {
    address: socket,
    engine,
    log,
    stop: async () => {
      await healer.stop();
      await remove();
    },
  };
}
