import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The full path of a program on the PATH (or in one of the further folders), else null. */
export function findBinary(name: string, furtherFolders: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...furtherFolders];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there; the next folder may have it.
    }
  }
  return null;
}

/** Where Debian keeps PostgreSQL's programs, the newest release first. */
export function postgresFolders(): readonly string[] {
  const root = '/usr/lib/postgresql';
  try {
    return readdirSync(root)
      .sort((left, right) => Number(right) - Number(left))
      .map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}
