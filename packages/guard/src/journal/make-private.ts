import { open } from 'node:fs/promises';

/**
 * Makes an empty file for this user alone where there is none. One that is there is not even opened: a process
 * that closes a file loses every lock that it has on it (POSIX, fcntl), and SQLite's are such locks.
 */
export async function makePrivate(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
