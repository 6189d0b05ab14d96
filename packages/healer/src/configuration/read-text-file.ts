import { readFile, stat } from 'node:fs/promises';

/** More than any text here may have; see `parseConfiguration`. */
const longestFileMiB = 8;

/** A file that is not to be read: the message goes on after the file's name. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/**
 * Reads a file that a person named. A device or a pipe has no end and might never say anything, so only a
 * regular file is opened, and its size is looked at before.
 */
export async function readTextFile(file: string): Promise<Uint8Array> {
  const facts = await stat(file);
  if (facts.isDirectory()) throw new UnreadableFile('is a folder, not a file');
  if (!facts.isFile()) throw new UnreadableFile('is no regular file, and only such are read');
  if (facts.size > longestFileMiB * 1024 * 1024) {
    throw new UnreadableFile(`is longer than ${longestFileMiB} MiB`);
  }
  return readFile(file);
}

/** Why a file could not be read, as it goes on after the file's name. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnreadableFile) return error.message;
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return reason === 'ENOENT' ? 'does not exist' : `cannot be read (${reason})`;
}
