import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installSalt, startSalt, waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from './processes.ts';

let folder: string;

beforeAll(async () => {
  await installSalt();
  folder = await mkdtemp(join(tmpdir(), 'prunella-lab-'));
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const services = [{ name: 'rethinkdb', minion: 'db1', command: 'sleep', parameters: ['100000'] }];

describe('the lab', () => {
  it('leaves no process when it is stopped, the service under supervisor included', async () => {
    const lab = await startSalt({ folder: join(folder, 'stopped'), services });
    let pid = 0;
    try {
      // A service is started a moment after its supervisor.
      const isRunning = async () => (await lab.service('rethinkdb')).pid;
      pid = await waitFor(isRunning, { what: 'the service to run' });
      expect(await processesOf(lab.folder)).not.toEqual([]);
    } finally {
      await lab.stop();
    }
    expect(await processesOf(lab.folder)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow();
  }, 120_000);

  it('leaves no process when the one that started it is killed', async () => {
    const target = join(folder, 'killed');
    const script = `import { startSalt } from '@prunella/labs';
      const lab = await startSalt(${JSON.stringify({ folder: target, services })});
      console.log((await lab.service('rethinkdb')).pid);
      setInterval(() => {}, 1e6);`;
    const child = spawn(
      process.execPath,
      ['--conditions=prunella-source', '--input-type=module', '--eval', script],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = await new Promise<number>((resolve) => {
      child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString('utf8'))));
    });
    child.kill('SIGKILL');
    await waitFor(async () => (await processesOf(target)).length === 0, { what: 'all of it to end' });
    await waitFor(() => isGone(pid), { what: 'the service to end' });
  }, 120_000);

  it('that is interrupted while it starts leaves none either', async () => {
    const target = join(folder, 'interrupted');
    const controller = new AbortController();
    const starting = startSalt({
      folder: target,
      services,
      signal: controller.signal,
      onProgress: ({ message }) => {
        if (message.includes('waiting for the minions')) controller.abort(new Error('Ctrl-C'));
      },
    });
    await expect(starting).rejects.toThrow('Ctrl-C');
    expect(await processesOf(target)).toEqual([]);
  }, 120_000);
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
