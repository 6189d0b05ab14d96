import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs';

/** The service writes into the file itself, so that its output never depends on the runner's life. */
const largestBytes = 4 * 1024 * 1024;
const tailBytes = 4 * 1024;
const tailLines = 20;

export function openServiceLog(path: string): number {
  return openSync(path, 'a', 0o600);
}

/** The last lines, at most 4 KB. */
export function readLogTail(path: string): string {
  return readEnd(path, tailBytes).trim().split('\n').slice(-tailLines).join('\n');
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
