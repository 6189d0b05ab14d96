import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../../packages/healer/src/bin.ts', import.meta.url));
const folder = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const playbooks = names.filter((name) => !name.endsWith('.scenario.yaml'));

async function prunella(
  ...words: readonly string[]
): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const flags = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning'];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...words], {
      cwd: folder,
    });
    return { exitCode: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string };
    return { exitCode: code, stdout };
  }
}

describe('the playbooks', () => {
  it('are ten, each with scenarios beside it', () => {
    expect(playbooks.length).toBeGreaterThanOrEqual(10);
    for (const name of playbooks) expect(names).toContain(name.replace('.yaml', '.scenario.yaml'));
  });

  it('have no errors', async () => {
    const { stdout, exitCode } = await prunella('check', ...playbooks);
    expect(stdout).toContain(' 0 errors');
    expect(exitCode).toBe(0);
  });

  it('do what their scenarios expect (prunella test examples/playbooks)', async () => {
    const { stdout, exitCode } = await prunella('test', '.');
    expect(stdout.split('\n').filter((line) => /^(?:differs|broken| {2})/.test(line))).toEqual([]);
    expect(exitCode).toBe(0);
  });
});
