import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';

/** The service writes into the file itself, so that its output never depends on the runner's life. */
const largestBytes = 4 * 1024 * 1024;
const tailBytes = 4 * 1024;
const tailLines = 20;
const sentenceLines = 3;
const sentenceCharacters = 400;

export function openServiceLog(path: string): number {
  return openSync(path, 'a', 0o600);
}

/** The last lines, at most 4 KB. */
export function readLogTail(path: string): string {
  return readEnd(path, tailBytes).trim().split('\n').slice(-tailLines).join('\n');
}

/** How far it is written, bytes: what a start writes comes after. */
export function serviceLogEnd(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Of what was written since, the last lines as one, short enough for a sentence; null where nothing was. */
export function lastWritten(path: string, since: number): string | null {
  const written = serviceLogEnd(path) - since;
  if (written === 0) return null;
  // Shortened meanwhile: all that is left is newer.
  const text = readEnd(path, written > 0 ? Math.min(written, tailBytes) : tailBytes);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const line = lines.slice(-sentenceLines).join(' ').replaceAll(/\s+/g, ' ').trim();
  if (line === '') return null;
  return line.length <= sentenceCharacters ? line : `\u2026${line.slice(-sentenceCharacters)}`;
}

/** Keeps the newer half of what is there as `....1` and empties the file; the service goes on appending. */
export function shortenServiceLog(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch {
    return;
  }
  try {
    if (fstatSync(file).size <= largestBytes) return;
    writeFileSync(`${path}.1`, readEnd(path, largestBytes / 2), { mode: 0o600 });
    ftruncateSync(file, 0);
  } finally {
    closeSync(file);
  }
}

function readEnd(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const length = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
