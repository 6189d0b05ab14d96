import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttemptOrder, Signal } from '@prunella/core';
import { afterEach, describe, expect, it } from 'vitest';
import { dispatchContext, makeOneService, type OneService, stayingService } from './one-service.ts';

let one: OneService;
afterEach(() => one.end());

/** Applying takes its time, and leaves one line for each time that it was really done. */
const service = {
  command: [process.execPath, '-e', stayingService],
  settle: '150ms',
  stopTimeout: '300ms',
  apply: { command: ['sh', '-c', 'sleep 0.7; echo done >> applied'] },
};

const healerFile = fileURLToPath(new URL('./a-healer.ts', import.meta.url));

/** Starts a healer's process that gives the order, and resolves when it prints the line. */
async function startHealer(order: AttemptOrder, line: string): Promise<ChildProcess> {
  const given = join(one.folder, 'given.json');
  const { folder, stateFolder } = one;
  await writeFile(given, JSON.stringify({ folder, stateFolder, services: { app: service }, order }));
  const args = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning', healerFile, given];
  const healer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  healer.stdout?.on('data', (data) => {
    said += String(data);
  });
  await expect.poll(() => said, { timeout: 15_000 }).toContain(line);
  return healer;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await expect.poll(() => child.signalCode).toBe('SIGKILL');
}

function runnerPid(): number {
  return JSON.parse(readFileSync(join(one.stateFolder, 'app', 'runner.json'), 'utf8')).pid;
}

async function timesApplied(): Promise<number> {
  const text = await readFile(join(one.folder, 'applied'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line === 'done').length;
}

describe('after a SIGKILL of the healer', { timeout: 30_000 }, () => {
  it('runner and service go on, and the next healer finds the order still running, then its result', async () => {
    one = await makeOneService(service);
    const order = one.order({ action: 'process.apply' });
    const healer = await startHealer(order, 'taken attempt-1');
    const pids = [runnerPid(), await one.pid()];
    await kill(healer);
    const found = await one.another().find(order, null, dispatchContext());
    expect(found.found).toBe('running');
    const result = found.found === 'running' ? await found.result : null;
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect([runnerPid(), await one.pid()]).toEqual(pids);
    const again = await one.another().find(order, 'attempt-1', dispatchContext());
    expect(again).toEqual({ found: 'ended', result });
    expect(await timesApplied()).toBe(1);
  });

  it('an order that was given twice has been carried out once', async () => {
    one = await makeOneService(service);
    const order = one.order({ action: 'process.apply' });
    await kill(await startHealer(order, 'ended'));
    expect(await one.dispatch(order)).toMatchObject({ outcome: 'succeeded' });
    expect(await timesApplied()).toBe(1);
  });

  it('an order that never came is known to have never come, and cannot come later', async () => {
    one = await makeOneService(service);
    await kill(await startHealer(one.order({ action: 'process.apply' }), 'ended'));
    const unsent = one.order({ action: 'process.restart' });
    const next = one.another();
    expect(await next.find(unsent, null, dispatchContext())).toEqual({ found: 'never-sent' });
    const late = await next.dispatch(unsent, dispatchContext());
    expect(late).toMatchObject({ outcome: 'failed', targets: [{ outcome: 'refused' }] });
  });

  it('a runner whose records are gone does not say that an order never came', async () => {
    one = await makeOneService(service);
    const found = await one.backend.find(one.order({ action: 'process.restart' }), null, dispatchContext());
    expect(found).toMatchObject({ found: 'not-found', why: expect.stringContaining('records') });
  });
});

describe('after a SIGKILL of the runner', { timeout: 30_000 }, () => {
  async function killRunner(): Promise<void> {
    const pid = runnerPid();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readProcessState(pid)).toBe('gone');
  }

  it('the service goes on, the next runner takes it over and sees its end', async () => {
    one = await makeOneService(service);
    const signals: Signal[] = [];
    await one.backend.exits.start(async (signal) => {
      signals.push(signal);
      return { accepted: true, duplicate: false };
    });
    await expect.poll(() => one.pid()).not.toBeNull();
    const pid = await one.pid();
    await killRunner();
    await expect.poll(() => one.pid(), { timeout: 10_000 }).toBe(pid);
    expect(signals).toEqual([]);
    process.kill(pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => signals.map((signal) => signal.summary), { timeout: 5_000 })
      .toEqual([expect.stringMatching(/^app ended after/)]);
  });

  it('an order in the middle has an unknown outcome, and is not begun again', async () => {
    one = await makeOneService(service);
    await one.backend.start();
    const references: string[] = [];
    const order = one.order({ action: 'process.apply' });
    const dispatched = one.backend.dispatch(order, dispatchContext(references));
    await expect.poll(() => references).toHaveLength(1);
    await killRunner();
    expect(await dispatched).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('the runner ended in the middle of it'),
    });
    expect(await one.dispatch(order)).toMatchObject({ outcome: 'unknown' });
  });

  it('a service that ended meanwhile is told, and not started without an order', async () => {
    one = await makeOneService(service);
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    const pid = (await one.pid()) ?? 0;
    await killRunner();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readProcessState(pid)).toBe('gone');
    const signals: Signal[] = [];
    await one.backend.exits.start(async (signal) => {
      signals.push(signal);
      return { accepted: true, duplicate: false };
    });
    await expect.poll(() => signals.map((signal) => signal.status)).toEqual(['firing']);
    expect(await one.pid()).toBeNull();
  });
});

/** A killed process may stay as a zombie until its parent has looked. */
function readProcessState(pid: number): 'alive' | 'gone' {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z') ? 'gone' : 'alive';
  } catch {
    return 'gone';
  }
}
