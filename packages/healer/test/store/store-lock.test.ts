import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { temporaryFolder } from './temporary-folder.ts';

const holderProgram = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

/** A real process that holds the lock until it is killed. */
async function startHolder(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--conditions=prunella-source', holderProgram, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [said] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, said: String(said) };
}

describe('the lock of a store', () => {
  it('refuses a second process with the pid and the start time of the first', async () => {
    const folder = await temporaryFolder();
    const earliest = Date.now();
    const { child, said } = await startHolder(folder);
    expect(said).toBe('held');
    const refusal = await acquireStoreLock(folder).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'store-held', holder: { pid: child.pid } });
    const { holder, message } = refusal as { holder: { startedAt: number }; message: string };
    expect(holder.startedAt).toBeGreaterThanOrEqual(earliest);
    expect(holder.startedAt).toBeLessThanOrEqual(Date.now());
    expect(message).toContain(`process ${child.pid} since ${new Date(holder.startedAt).toISOString()}`);
  });

  it('is free at once when its process is killed with SIGKILL', async () => {
    const folder = await temporaryFolder();
    const { child } = await startHolder(folder);
    await expect(acquireStoreLock(folder)).rejects.toMatchObject({ code: 'store-held' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await acquireStoreLock(folder);
    expect(lock.holder.pid).toBe(process.pid);
    await lock.release();
  });

  it('is held against the same process as well, until released', async () => {
    const folder = await temporaryFolder();
    const first = await acquireStoreLock(folder);
    await expect(acquireStoreLock(folder)).rejects.toMatchObject({
      code: 'store-held',
      holder: { pid: process.pid },
    });
    const { said } = await startHolder(folder);
    expect(said).toBe('refused: store-held');
    await first.release();
    await first.release();
    const second = await acquireStoreLock(folder);
    await second.release();
  });

  it('goes to exactly one of several that want it at the same moment', async () => {
    const folder = await temporaryFolder();
    const said = await Promise.all([1, 2, 3, 4].map(async () => (await startHolder(folder)).said));
    expect(said.toSorted()).toEqual([
      'held',
      'refused: store-held',
      'refused: store-held',
      'refused: store-held',
    ]);
  });
});
