import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeOneService, type OneService, stayingService } from './one-service.ts';

let one: OneService;
afterEach(() => one.end());

const staying = { command: [process.execPath, '-e', stayingService] };

async function takeSignals(into: OneService['signals'], backend = one.backend): Promise<void> {
  await backend.exits.start(async (signal) => {
    into.push(signal);
    return { accepted: true, duplicate: false };
  });
}

async function killService(): Promise<number> {
  await expect.poll(() => readFile(join(one.stateFolder, 'app', 'service.log'), 'utf8')).toContain('here');
  const pid = (await one.pid()) ?? 0;
  process.kill(pid, 'SIGKILL');
  return pid;
}

describe('an exit of a service', () => {
  it('is a signal with how it ended and its last words', async () => {
    one = await makeOneService(staying);
    await takeSignals(one.signals);
    const pid = await killService();
    await expect.poll(() => one.signals).toHaveLength(1);
    expect(one.signals[0]).toMatchObject({
      source: 'process',
      type: 'process.exit',
      resource: 'app/main',
      node: 'one',
      status: 'firing',
      summary: expect.stringMatching(/^app was ended by SIGKILL after \d/),
      data: {
        service: 'app',
        pid,
        exitCode: null,
        signal: 'SIGKILL',
        logTail: expect.stringContaining('here'),
      },
    });
  });

  it('tells the status it ended with, also when it ends at once', async () => {
    one = await makeOneService({ command: ['sh', '-c', 'echo no space left; exit 4'], settle: '10s' });
    await takeSignals(one.signals);
    await expect.poll(() => one.signals).toHaveLength(1);
    expect(one.signals[0]).toMatchObject({
      summary: expect.stringContaining('app ended with status 4'),
      data: { exitCode: 4, signal: null, logTail: 'no space left' },
    });
  });

  it('is told also of a program that does not exist', async () => {
    one = await makeOneService({ command: ['/no/such/program'] });
    await takeSignals(one.signals);
    await expect.poll(() => one.signals).toHaveLength(1);
    expect(one.signals[0]?.data?.['logTail']).toContain('/no/such/program could not be started');
  });

  it('that an order brought about is no signal', async () => {
    one = await makeOneService(staying);
    await takeSignals(one.signals);
    await one.dispatch(one.order({ action: 'process.restart' }));
    await one.dispatch(one.order({ action: 'process.stop' }));
    await one.dispatch(one.order({ action: 'process.start' }));
    await killService();
    await expect.poll(() => one.signals).toHaveLength(1);
    expect(one.signals[0]?.summary).toContain('SIGKILL');
  });

  it('is told again where the healer has no time for it now, or is stopping', async () => {
    one = await makeOneService(staying);
    const answers = [
      { accepted: false, reason: 'too much waits', later: 'busy' },
      { accepted: false, reason: 'the healer is stopping', later: 'stopping' },
    ] as const;
    const tries: string[] = [];
    await one.backend.exits.start(async (signal) => {
      tries.push(signal.id);
      return answers[tries.length - 1] ?? { accepted: true, duplicate: false };
    });
    await killService();
    await expect.poll(() => tries, { timeout: 10_000 }).toHaveLength(3);
    expect(new Set(tries).size).toBe(1);
  });

  it('is told again until it is on disk, and then no more', async () => {
    one = await makeOneService(staying);
    const tries: string[] = [];
    await one.backend.exits.start(async (signal) => {
      tries.push(signal.id);
      if (tries.length === 1) throw new Error('disk full');
      return { accepted: true, duplicate: false };
    });
    await killService();
    await expect.poll(() => tries, { timeout: 5_000 }).toHaveLength(2);
    expect(tries[1]).toBe(tries[0]);
    await one.backend.close();
    const later: OneService['signals'] = [];
    const next = one.another();
    await takeSignals(later, next);
    await next.close();
    expect(later).toEqual([]);
  });

  it('while no healer ran is told to the next one, `resolved` where the service runs again', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    await killService();
    await expect.poll(() => one.pid()).toBeNull();
    const first = one.another();
    const firing: OneService['signals'] = [];
    await first.exits.start(async (signal) => {
      firing.push(signal);
      throw new Error('this healer dies before it is on disk');
    });
    await expect.poll(() => firing[0]?.status).toBe('firing');
    await first.close();
    await one.dispatch(one.order({ action: 'process.start' }));
    const second = one.another();
    await takeSignals(one.signals, second);
    await expect.poll(() => one.signals[0]?.status).toBe('resolved');
    await second.close();
  });

  it('shows only the newest lines of a service that says much', async () => {
    const talking = 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done; exit 1';
    one = await makeOneService({ command: ['sh', '-c', talking] });
    await takeSignals(one.signals);
    await expect.poll(() => one.signals).toHaveLength(1);
    const tail = String(one.signals[0]?.data?.['logTail']);
    expect(tail.split('\n')).toHaveLength(20);
    expect(tail).toMatch(/line 500$/);
  });
});
