import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../failure.ts';
import type { InitFile } from './render.ts';

/** Writes all of them, or none where one is there already and `force` is not given. */
export async function writeFiles(folder: string, files: readonly InitFile[], force: boolean): Promise<void> {
  const present: string[] = [];
  for (const { path } of files) {
    const isThere = await access(join(folder, path)).then(
      () => true,
      () => false,
    );
    if (isThere && path !== 'secrets/.gitignore') present.push(path);
  }
  if (present.length > 0 && !force) {
    throw new CommandFailure(
      1,
      'files-present',
      `${present.join(', ')} ${present.length === 1 ? 'is' : 'are'} there already: nothing was written`,
      'go to another folder, name one with --folder, or overwrite with --force',
    );
  }
  for (const { path, text, isSecret } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, ...(isSecret ? { mode: 0o700 } : {}) });
    await writeFile(file, text, { mode: isSecret ? 0o600 : 0o644 });
    // One that was there keeps its mode otherwise.
    if (isSecret) await chmod(file, 0o600);
  }
}
