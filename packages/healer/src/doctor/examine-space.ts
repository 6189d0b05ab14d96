import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Finding, messageOf, well } from './finding.ts';

const mebibyte = 1024 * 1024;
/** Below this the store may not last a day of outages. */
const scarceBytes = 1024 * mebibyte;
/** Below this a checkpoint of the write-ahead log may fail any moment. */
const emptyBytes = 64 * mebibyte;

/** What a file system has left for this user. */
interface Space {
  readonly freeBytes: number;
  /** Files that can still be made; Infinity where the file system does not count them. */
  readonly freeFiles: number;
}

/** Whether the disk of the store has room. `look` is for tests. */
export async function examineSpace(folder: string, look = spaceOf): Promise<readonly Finding[]> {
  const check = 'space';
  let space: Space;
  try {
    space = await look(folder);
  } catch (error) {
    return [
      {
        check,
        state: 'unknown',
        what: `how much room the disk of ${folder} has cannot be seen: ${messageOf(error)}`,
        why: 'a full disk stops all repairs: nothing is done that is not on disk first',
        remedy: 'look at it with `df`',
      },
    ];
  }
  const left = `${Math.floor(space.freeBytes / mebibyte)} MiB are free where the store is (${folder})`;
  const isEmpty = space.freeBytes < emptyBytes || space.freeFiles < 8;
  if (!isEmpty && space.freeBytes >= scarceBytes) return [well(check, left)];
  return [
    {
      check,
      state: isEmpty ? 'problem' : 'warning',
      what: space.freeFiles < 8 ? `no further files can be made where the store is (${folder})` : left,
      why: 'on a full disk signals are refused, and nothing is repaired: nothing is done that is not on disk first',
      remedy: 'make room, or keep less of the past (`store: { retention: \u2026 }` in prunella.yaml)',
    },
  ];
}

/** Of the folder, or where it is not there yet, of the nearest one above it. */
async function spaceOf(folder: string): Promise<Space> {
  try {
    const { bavail, bsize, ffree, files } = await statfs(folder);
    return { freeBytes: bavail * bsize, freeFiles: files === 0 ? Number.POSITIVE_INFINITY : ffree };
  } catch (error) {
    const above = dirname(folder);
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing || above === folder) throw error;
    return spaceOf(above);
  }
}
