import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);

test('what the compiler infers and refuses is as these files say', async () => {
  const run = promisify(execFile)(process.execPath, [compiler, '-p', import.meta.dirname]);
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe('');
});
