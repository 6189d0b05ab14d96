import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canHaveSmallDisk, notRun } from '@prunella/labs';
import { onTestFinished, type TestContext } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  empty(): Promise<void>;
  /** Mounts it anew, for reading only; nothing on it may be open. */
  makeReadOnly(): void;
}

/** A real file system of its own with this much room, gone after the test. */
export async function smallDisk(context: TestContext, kibibytes: number): Promise<SmallDisk> {
  if (!canHaveSmallDisk()) notRun(context, 'needs root, and a system that lets it mount');
  const folder = await temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=700`, 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    async fill() {
      for (let size = 1024 * kibibytes; size > 0; size = Math.floor(size / 2)) {
        await writeFile(filler, Buffer.alloc(size), { flag: 'a' }).catch((error: unknown) => {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        });
      }
    },
    empty: () => rm(filler),
    makeReadOnly: () => {
      execFileSync('mount', ['-o', 'remount,ro', folder]);
    },
  };
}
