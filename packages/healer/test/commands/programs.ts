import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

/** A folder for the PATH with `prunella`, `npx prunella` and `node`, as an installation has them: from the sources here. */
export function programsIn(folder: string): string {
  const place = join(folder, '.programs');
  mkdirSync(place);
  const node = `exec '${process.execPath}' --disable-warning=ExperimentalWarning --conditions=prunella-source`;
  const scripts = {
    node: `${node} "$@"`,
    prunella: `${node} '${program}' "$@"`,
    npx: `[ "$1" = prunella ] || exit 64\nshift\n${node} '${program}' "$@"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(place, name), 0o755);
  }
  return place;
}
