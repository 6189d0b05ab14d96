import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { HealerStartError } from './start-error.ts';

/** The kernel takes 108 bytes on Linux and 104 on macOS, with the NUL at the end. */
const longestSocketPathBytes = 103;

/**
 * Where the holder of a store listens for processes of the same user on the same host. The same for every
 * process and every holder to come. A folder whose path is too long for a socket gets one below `/tmp`, in a
 * folder that belongs to this user alone.
 */
export function localSocketPath(storeFolder: string): string {
  const path = join(resolve(storeFolder), 'run', 'healer.sock');
  if (Buffer.byteLength(path) <= longestSocketPathBytes) return path;
  const name = createHash('sha256').update(realPath(storeFolder)).digest('hex').slice(0, 16);
  return join('/tmp', `prunella-${userInfo().uid}`, `${name}.sock`);
}

/** For the holder of the store's lock only: what is left of the one before is taken away. */
export async function prepareSocketPlace(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = await lstat(folder);
  if (!facts.isDirectory() || facts.uid !== userInfo().uid) {
    throw new HealerStartError(
      'socket-refused',
      `the local socket cannot be put into ${folder}, which is no folder of this user: remove it, or name a store folder with a shorter path`,
    );
  }
  await chmod(folder, 0o700);
  await rm(path, { force: true });
}

/** Two ways to the same folder lead to the same socket; a folder that is not there yet has one way only. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
