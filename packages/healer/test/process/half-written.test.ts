import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';

const entry = fileURLToPath(new URL('../../src/backends/process/folder.ts', import.meta.url));

it('a file that does not fit on the disk stays as it was, and leaves nothing beside it', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'app.conf');
  writeFileSync(path, 'as it was');
  const script = `
    import { writeFileAtomically } from ${JSON.stringify(entry)};
    try { writeFileAtomically(${JSON.stringify(path)}, 'x'.repeat(100_000), 0o600); console.log('written'); }
    catch (error) { console.log(error.code); }
  `;
  // As a disk does that becomes full: a part is written, and the next write is refused.
  const said = execFileSync(
    'sh',
    [
      '-c',
      'trap "" XFSZ; ulimit -f 8; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ],
    { encoding: 'utf8' },
  );
  expect(said.trim()).toBe('EFBIG');
  expect(readFileSync(path, 'utf8')).toBe('as it was');
  expect(readdirSync(folder)).toEqual(['app.conf']);
});
