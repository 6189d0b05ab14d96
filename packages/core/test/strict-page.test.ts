import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('core reads a playbook and decides where no code can be generated from texts', async () => {
  const script = fileURLToPath(new URL('./strict-page.ts', import.meta.url));
  const flags = ['--disallow-code-generation-from-strings', '--conditions=prunella-source'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
  expect(stdout).toContain('incident-opened');
});
