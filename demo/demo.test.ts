import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Below it lies everything of a run; its name marks every process of it, too. */
let folder = '';
let demo: ChildProcess | undefined;
let output = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prunella-demo-test-'));
  output = '';
});

afterEach(() => {
  demo?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function startDemo(...args: readonly string[]): ChildProcess {
  const nodeArgs = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...nodeArgs, join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  demo = child;
  return child;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

/** Command lines of processes that were started below the folder of the run. */
function left(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return command !== '' && (command + environment).includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    });
}

async function nothingIsLeft(): Promise<void> {
  await waitFor(() => left().length === 0, {
    what: 'every process of the run to be gone',
    deadlineMs: 10_000,
  });
  expect(readdirSync(folder)).toEqual([]);
}

test('the headless demo heals, loses nothing, says so in its last line, and leaves nothing behind', async () => {
  expect(await ended(startDemo('--headless', '--memory-cache')), output).toBe(0);
  const lines = output.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(/^healed in \d+\.\d s, [1-9]\d* results handled during the outage, 0 lost$/);
  expect(output).toContain('going on without Redis');
  for (const instance of [1, 2, 3]) expect(output).toContain(`actioner ${instance}  goes on from cache`);
  await nothingIsLeft();
}, 120_000);

test.each([
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)(
  '%s in the middle of an outage stops everything, also when nobody reads any more',
  async (signal, status) => {
    const child = startDemo('--headless', '--memory-cache');
    await waitFor(() => output.includes('opened under the playbook'), {
      what: 'the incident to be open',
      deadlineMs: 60_000,
    });
    expect(left().length).toBeGreaterThan(5);
    // As with a terminal that was closed.
    if (signal === 'SIGHUP') for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    child.kill(signal);
    expect(await ended(child), output).toBe(status);
    expect(output).not.toMatch(/^healed in/m);
    await nothingIsLeft();
  },
  120_000,
);

test('an unknown option is answered with a sentence and starts nothing', async () => {
  expect(await ended(startDemo('--salt=ssh'))).toBe(1);
  expect(output).toContain('--salt=ssh is not known. Use --salt or --salt=hook');
  await nothingIsLeft();
});
