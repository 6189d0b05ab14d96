import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** An exact version: what it makes up differs between versions, and a test must not change by itself. */
const requirement = 'schemathesis==4.32.5';

/** Where the workspace keeps it: git-ignored, made once. */
const folder = resolve(import.meta.dirname, '../../.local/schemathesis');
const marker = join(folder, 'prunella-schemathesis');
const installTimeoutMs = 600_000;

/** The program, or null where it was not installed whole. */
export function findSchemathesis(): string | null {
  const program = join(folder, 'bin', 'schemathesis');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== requirement) return null;
  return existsSync(program) ? program : null;
}

/** Installs it from PyPI into a private environment unless it is there. Null where that fails; the last line says why. */
export function ensureSchemathesis(onProgress: (line: string) => void = () => {}): string | null {
  const present = findSchemathesis();
  if (present !== null) return present;
  onProgress(`installing ${requirement} with pip into a private environment (about 60 s, once)`);
  rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', requirement];
  const steps = [
    ['python3', ['-m', 'venv', folder]],
    [join(folder, 'bin', 'python'), pip],
  ] as const;
  for (const [program, parameters] of steps) {
    const { status, stderr, error } = spawnSync(program, parameters, {
      encoding: 'utf8',
      timeout: installTimeoutMs,
    });
    if (status === 0) continue;
    onProgress(`schemathesis cannot be installed: ${error?.message ?? stderr.trim()}`);
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  writeFileSync(marker, requirement);
  return findSchemathesis();
}
