import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary, postgresFolders } from './find-binary.ts';
import type { LabCommand } from './service.ts';

export interface ServerOptions {
  readonly folder: string;
  readonly port: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly smallDisk?: string;
  /** The port of the primary on 127.0.0.1 that this server is to follow. */
  readonly primaryPort?: number;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's word for an end that does not wait for clients. */
export const fastShutdown = 'SIGINT';

const smallDiskBytes = 2 * 1024 * 1024;

/** Makes the data folder of PostgreSQL's own server: a new one, or a copy of a primary's that follows it. */
export async function preparePostgresql(options: ServerOptions): Promise<LabCommand> {
  const { folder, port, settings = {}, smallDisk, primaryPort } = options;
  const postgres = programOf('postgres');
  const user = unprivilegedUser();
  const data = join(folder, 'data');
  if (user !== undefined) {
    mustBeReachable(folder);
    chownSync(folder, user.uid, user.gid);
  }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    if (primaryPort === undefined) await makeCluster(folder, data, user);
    else await copyPrimary(folder, data, primaryPort, user);
  }
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', ''];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  if (smallDisk !== undefined) return onSmallDisk(smallDisk, user, [postgres, ...args]);
  return { command: postgres, args, ...(user === undefined ? {} : { user }) };
}

/** True where this process may mount: root, and not in a container that forbids it. */
export function canHaveSmallDisk(): boolean {
  return process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
}

async function makeCluster(folder: string, data: string, user: User | undefined): Promise<void> {
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  await promisify(execFile)(programOf('initdb'), args, { cwd: folder, ...user });
}

async function copyPrimary(
  folder: string,
  data: string,
  primaryPort: number,
  user: User | undefined,
): Promise<void> {
  const where = ['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres'];
  const args = ['-D', data, ...where, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
  await promisify(execFile)(programOf('pg_basebackup'), args, { cwd: folder, ...user });
}

/** In a mount namespace of its own, so that the disk is gone with the server however that ends. */
function onSmallDisk(disk: string, user: User | undefined, server: readonly string[]): LabCommand {
  if (user === undefined) throw new Error('a small disk can only be mounted by root: ask canHaveSmallDisk()');
  mkdirSync(disk, { recursive: true });
  const { uid, gid } = user;
  const mount = `mount -t tmpfs -o size=${smallDiskBytes},uid=${uid},gid=${gid},mode=700 tmpfs "$1"`;
  const script = `${mount} && shift && exec setpriv --reuid=${uid} --regid=${gid} --clear-groups "$@"`;
  return { command: 'unshare', args: ['--mount', 'sh', '-c', script, 'sh', disk, ...server] };
}

function programOf(name: string): string {
  const program = findBinary(name, postgresFolders());
  if (program !== null) return program;
  throw new Error(
    `PostgreSQL's own program ${name} is neither on the PATH nor in /usr/lib/postgresql: ` +
      "install the package `postgresql`, or use the engine 'pglite'",
  );
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user; the next one is on every system.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`');
}

function mustBeReachable(folder: string): void {
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) {
      throw new Error(
        `PostgreSQL runs as another user than root and cannot reach ${folder}: ${parent} is closed to others; ` +
          'choose a folder directly below the one for temporary files',
      );
    }
    if (parent === dirname(parent)) return;
  }
}
