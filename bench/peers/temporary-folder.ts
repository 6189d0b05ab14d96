import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** A folder that is gone at the latest when this process ends, interrupted or not. */
export async function temporaryFolder(): Promise<string> {
  if (folders.size === 0) {
    process.once('exit', () => {
      for (const each of folders) rmSync(each, { recursive: true, force: true });
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'prunella-bench-'));
  folders.add(folder);
  return folder;
}
