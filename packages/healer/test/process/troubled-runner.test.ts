import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { makeOneService, type OneService, stayingService } from './one-service.ts';

let one: OneService;
afterEach(() => one.end());

const staying = { command: [process.execPath, '-e', stayingService] };
const failing = [{ node: 'one', target: 'app' }];

function runner(): { pid: number; socket: string } {
  return JSON.parse(readFileSync(join(one.stateFolder, 'app', 'runner.json'), 'utf8'));
}

/** A killed process may stay as a zombie until its parent has looked. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** A process whose group's first process, and number, is gone. */
async function startOrphan(): Promise<{ group: number; pid: number }> {
  const leader = spawn('sh', ['-c', 'sleep 600 >/dev/null & echo $!'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  leader.stdout.on('data', (data) => {
    said += String(data);
  });
  await once(leader, 'close');
  return { group: leader.pid ?? 0, pid: Number(said) };
}

describe('a runner that does not answer', { timeout: 60_000 }, () => {
  it('holds up nobody for ever, and is named', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    const { pid } = runner();
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await one.backend.check(AbortSignal.timeout(500))).toMatchObject({
        ok: false,
        problem: expect.stringContaining('the runner of app takes connections and does not answer'),
      });
      const target = { select: 'failing-nodes' } as const;
      const request = { resource: 'app/main', action: 'process.restart', target, failing, declared: failing };
      const [{ targets }, result] = await Promise.all([
        one.backend.resolve(request, AbortSignal.timeout(30_000)),
        one.dispatch(one.order({ action: 'process.restart' })),
      ]);
      expect(targets).toEqual([{ id: 'app', node: 'one', responding: false }]);
      expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
      expect(result.summary).toContain('stopped or stuck');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await one.dispatch(one.order({ action: 'process.restart' }))).toMatchObject({
      outcome: 'succeeded',
    });
  });
});

describe('a runner', { timeout: 30_000 }, () => {
  it('whose records cannot be read says so, at once', async () => {
    one = await makeOneService(staying);
    const folder = join(one.stateFolder, 'app');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'records.sqlite'), 'no database '.repeat(1_000));
    await expect(one.backend.start()).rejects.toThrow(
      /runner of app ended with status 1; .*file is not a database/s,
    );
  });

  it('that cannot come up does not keep the healer from starting, and is told', async () => {
    one = await makeOneService(staying);
    const folder = join(one.stateFolder, 'app');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'records.sqlite'), 'no database '.repeat(1_000));
    await one.backend.exits.start(async () => ({ accepted: true, duplicate: false }));
    expect(one.problems[0]).toMatch(/^app is not supervised now: .*file is not a database/s);
  });

  it('goes on after a request that it cannot carry out', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    const { pid } = runner();
    writeFileSync(join(one.stateFolder, 'app', 'definition.json'), 'half of');
    expect(await one.backend.check(AbortSignal.timeout(5_000))).toMatchObject({
      ok: false,
      problem: expect.stringContaining('the runner could not do it'),
    });
    expect(await one.dispatch(one.order({ action: 'process.restart' }))).toMatchObject({
      outcome: 'succeeded',
    });
    expect(runner().pid).toBe(pid);
  });

  it('with a path too long for a socket puts it elsewhere, and leaves nothing there', async () => {
    one = await makeOneService(staying, 'a-folder-with-a-long-name-'.repeat(4));
    await one.backend.start();
    const { socket } = runner();
    expect(socket.startsWith(one.stateFolder)).toBe(false);
    await expect.poll(() => one.pid()).not.toBeNull();
    await one.end();
    expect(existsSync(dirname(socket))).toBe(false);
  });
});

describe('what a service left behind', { timeout: 30_000 }, () => {
  it('is gone after a stop, also where its main process had died before', async () => {
    const withChild = `
      const child = require('node:child_process').spawn('sleep', ['600'], { stdio: 'ignore' });
      console.log('child', child.pid);
      setInterval(() => {}, 1000);
    `;
    one = await makeOneService({ command: [process.execPath, '-e', withChild] });
    await one.backend.start();
    const log = () => readFileSync(join(one.stateFolder, 'app', 'service.log'), 'utf8');
    await expect.poll(log).toContain('child');
    const child = Number(/child (\d+)/.exec(log())?.[1]);
    process.kill((await one.pid()) ?? 0, 'SIGKILL');
    await expect.poll(() => one.pid()).toBeNull();
    expect(lives(child)).toBe(true);
    await one.dispatch(one.order({ action: 'process.stop' }));
    await expect.poll(() => lives(child)).toBe(false);
  });

  it('before a restart of the machine is not looked for: its number may be a stranger’s', async () => {
    one = await makeOneService(staying);
    const stranger = await startOrphan();
    const folder = join(one.stateFolder, 'app');
    mkdirSync(folder, { recursive: true });
    const records = new DatabaseSync(join(folder, 'records.sqlite'));
    records.exec('create table facts (name text primary key, value text not null) strict');
    const earlier = { pid: stranger.group, startMark: '1', bootId: 'of the machine before', startedAt: 1 };
    const insert = records.prepare('insert into facts values (?, ?)');
    insert.run('process', JSON.stringify(earlier));
    insert.run('state', JSON.stringify('running'));
    records.close();
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    expect(lives(stranger.pid)).toBe(true);
    process.kill(stranger.pid, 'SIGKILL');
  });
});
