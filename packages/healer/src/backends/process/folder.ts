import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of one service below the backend's state folder. */
export function serviceFiles(folder: string) {
  return {
    folder,
    definition: join(folder, 'definition.json'),
    /** Pid and socket of the runner that lives, or lived last. */
    runner: join(folder, 'runner.json'),
    records: join(folder, 'records.sqlite'),
    serviceLog: join(folder, 'service.log'),
    runnerLog: join(folder, 'runner.log'),
  } as const;
}

export type ServiceFiles = ReturnType<typeof serviceFiles>;

/** Made so that only this user can look in: definitions may hold secrets, and the socket obeys whoever asks. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/** Old content or new content, never half of it, also after a crash of the machine. */
export function writeFileAtomically(path: string, content: string, mode: number): void {
  const temporary = join(dirname(path), `.${process.pid}-${Date.now()}.tmp`);
  const file = openSync(temporary, 'wx', mode);
  try {
    try {
      // All of it, or an error: one write alone may end in the middle where a disk becomes full.
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
