import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../src/index.ts';

const entry = fileURLToPath(new URL('../src/children.ts', import.meta.url));

/**
 * A parent that starts two kept processes, one of which has a child of its own, and one that is only known by its home,
 * and prints their pids.
 */
const parentScript = `
import { spawn } from 'node:child_process';
import { keepAllBelow, spawnKept } from ${JSON.stringify(entry)};
const quiet = spawnKept('sleep', ['600'], { stdio: 'ignore' });
const withChild = spawnKept('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
const ended = spawnKept('true', [], { stdio: 'ignore' });
ended.once('exit', () => {});
const [home] = process.argv.slice(1);
keepAllBelow('/nowhere/at/all')();
keepAllBelow(home);
const apart = spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: { HOME: home, PATH: process.env.PATH } });
withChild.stdout.once('data', (data) => {
  console.log([quiet.pid, withChild.pid, Number(data), apart.pid].join(' '));
});
setInterval(() => {}, 1000);
`;

async function startParent() {
  const home = mkdtempSync(join(tmpdir(), 'prunella-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const parent = spawn(process.execPath, ['--input-type=module', '-e', parentScript, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  return { parent, pids: String(line).split(' ').map(Number) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('processes of the labs', () => {
  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('are gone after their parent got %s', async (signal) => {
    const { parent, pids } = await startParent();
    expect(pids).toHaveLength(4);
    expect(pids.every(isAlive)).toBe(true);
    parent.kill(signal);
    await waitFor(() => !pids.some(isAlive), { what: 'the processes to be gone', deadlineMs: 5_000 });
  });
});
