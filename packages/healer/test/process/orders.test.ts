import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dispatchContext, makeOneService, type OneService, stayingService } from './one-service.ts';

let one: OneService;
afterEach(() => one.end());

const staying = { command: [process.execPath, '-e', stayingService] };

async function serviceLog(): Promise<string> {
  return readFile(join(one.stateFolder, 'app', 'service.log'), 'utf8');
}

describe('a declared service', () => {
  it('is started with the backend, once, however many healers start', async () => {
    one = await makeOneService(staying);
    await Promise.all([one.backend.start(), one.another().start()]);
    await expect.poll(() => one.pid()).not.toBeNull();
    await expect.poll(serviceLog).toMatch(/^here \d+\n$/);
  });

  it('is brought back by a restart after it was killed', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    const before = (await one.pid()) ?? 0;
    process.kill(before, 'SIGKILL');
    await expect.poll(() => one.pid()).toBeNull();
    const result = await one.dispatch(one.order({ action: 'process.restart' }));
    expect(result).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'app', fenced: true }] });
    expect(await one.pid()).not.toBeNull();
    expect(await one.pid()).not.toBe(before);
  });

  it('is examined as it is, and no runner is started for that', async () => {
    one = await makeOneService(staying);
    const examine = () => one.backend.examine?.(AbortSignal.timeout(5_000), null);
    const check = 'process-services';
    expect(await examine()).toMatchObject([
      { check, state: 'warning', what: expect.stringContaining('app') },
    ]);
    expect(existsSync(join(one.stateFolder, 'app'))).toBe(false);
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    const what = expect.stringContaining(`app runs as pid ${await one.pid()}`);
    expect(await examine()).toMatchObject([{ check, state: 'ok', what }]);
  });

  it('is not started a second time by `process.start` while it runs', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    const before = await one.pid();
    const result = await one.dispatch(one.order({ action: 'process.start' }));
    expect(result.summary).toContain('it runs already');
    expect(await one.pid()).toBe(before);
  });

  it('that ignores the stop signal gets SIGKILL after the stop timeout', async () => {
    const ignoring = `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)`;
    one = await makeOneService({ command: [process.execPath, '-e', ignoring] });
    await one.backend.start();
    await expect.poll(serviceLog).toContain('deaf');
    const result = await one.dispatch(one.order({ action: 'process.stop' }));
    expect(result.outcome).toBe('succeeded');
    expect(result.summary).toContain('SIGKILL, since SIGTERM did not end it in 300 ms');
    expect(await one.pid()).toBeNull();
  });

  it('that ends at once fails its start, with its last words', async () => {
    const failing = `console.error('no such table'); process.exit(3)`;
    one = await makeOneService({ command: [process.execPath, '-e', failing], settle: '5s' });
    await one.backend.start();
    const result = await one.dispatch(one.order({ action: 'process.start' }));
    expect(result.outcome).toBe('failed');
    expect(result.summary).toMatch(/app ended with status 3 .* no such table/);
  });

  it('that ends at once tells what that start wrote last, and nothing of the time before', async () => {
    const talking = `
      if (require('node:fs').existsSync('broken')) {
        for (let line = 1; line <= 40; line += 1) console.error('reading part', line);
        console.error('no such table');
        process.exit(3);
      }
      for (let client = 1; client <= 200; client += 1) console.log('a client has connected', client);
      setInterval(() => {}, 1000);
    `;
    one = await makeOneService({ command: [process.execPath, '-e', talking], settle: '5s' });
    await one.backend.start();
    await expect.poll(serviceLog).toContain('connected 200');
    await writeFile(join(one.folder, 'broken'), '');
    const { outcome, summary } = await one.dispatch(one.order({ action: 'process.restart' }));
    expect(outcome).toBe('failed');
    expect(summary).toMatch(/ended with status 3 \d+ ms after its start and wrote: .*no such table$/);
    expect(summary).not.toContain('a client has connected');
    expect(summary.length).toBeLessThan(700);
  });

  it('whose program does not exist fails its start, and the runner goes on', async () => {
    one = await makeOneService({ command: ['/no/such/program'] });
    await one.backend.start();
    const result = await one.dispatch(one.order({ action: 'process.restart' }));
    expect(result.outcome).toBe('failed');
    expect(result.summary).toContain('/no/such/program could not be started');
    expect(await one.backend.check(AbortSignal.timeout(1_000))).toMatchObject({ ok: true });
  });

  it('takes with it what it started itself', async () => {
    const withChild = `
      const child = require('node:child_process').spawn('sleep', ['600'], { stdio: 'ignore' });
      console.log('child', child.pid);
      setInterval(() => {}, 1000);
    `;
    one = await makeOneService({ command: [process.execPath, '-e', withChild] });
    await one.backend.start();
    await expect.poll(serviceLog).toContain('child');
    const child = Number(/child (\d+)/.exec(await serviceLog())?.[1]);
    await one.dispatch(one.order({ action: 'process.stop' }));
    await expect.poll(() => runs(child), { timeout: 5_000 }).toBe(false);
  });

  it('gets its declared environment and not the healer’s', async () => {
    process.env['HEALER_SECRET'] = 'healer only';
    const telling = `console.log(JSON.stringify([process.env.GREETING, process.env.HEALER_SECRET ?? null])); ${stayingService}`;
    one = await makeOneService({
      command: [process.execPath, '-e', telling],
      environment: { GREETING: 'hello' },
    });
    await one.backend.start();
    await expect.poll(serviceLog).toContain('["hello",null]');
    delete process.env['HEALER_SECRET'];
  });
});

describe('applying the configuration', () => {
  const apply = { files: [{ path: 'app.conf', content: 'level=1\n', mode: '640' }], signal: 'SIGHUP' };

  it('writes what differs and tells the living process', async () => {
    one = await makeOneService({ ...staying, apply });
    await one.backend.start();
    await expect.poll(serviceLog).toContain('here');
    await writeFile(join(one.folder, 'app.conf'), 'level=0\n');
    const first = await one.dispatch(one.order({ action: 'process.apply' }));
    expect(first).toMatchObject({ outcome: 'succeeded' });
    expect(first.summary).toContain('1 of 1 declared files differed');
    expect(await readFile(join(one.folder, 'app.conf'), 'utf8')).toBe('level=1\n');
    await expect.poll(serviceLog).toContain('told');
    const second = await one.dispatch(one.order({ action: 'process.apply' }));
    expect(second.summary).toContain('0 of 1 declared files differed');
  });

  it('succeeds beside a dead process and does not bring it up', async () => {
    one = await makeOneService({ ...staying, apply });
    await one.backend.start();
    await expect.poll(() => one.pid()).not.toBeNull();
    process.kill((await one.pid()) ?? 0, 'SIGKILL');
    await expect.poll(() => one.pid()).toBeNull();
    const result = await one.dispatch(one.order({ action: 'process.apply' }));
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(result.summary).toContain('no process is alive to be told');
    expect(await one.pid()).toBeNull();
  });

  it('fails with what the declared command said', async () => {
    const command = ['sh', '-c', 'echo line 3: unknown option; exit 7'];
    one = await makeOneService({ ...staying, apply: { command } });
    await one.backend.start();
    const result = await one.dispatch(one.order({ action: 'process.apply' }));
    expect(result.outcome).toBe('failed');
    expect(result.summary).toMatch(/ended with status 7: line 3: unknown option/);
  });

  it('ends a declared command at the deadline', async () => {
    one = await makeOneService({ ...staying, apply: { command: ['sleep', '600'] } });
    await one.backend.start();
    const order = one.order({ action: 'process.apply', deadlineAt: Date.now() + 400 });
    expect(await one.dispatch(order)).toMatchObject({ outcome: 'failed' });
  });
});

describe('a runner', () => {
  it('runs a repeated attempt once and answers with its recorded result', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    const order = one.order({ action: 'process.restart' });
    const [first, joined] = await Promise.all([one.dispatch(order), one.dispatch(order)]);
    const pid = await one.pid();
    const repeated = await one.dispatch(order);
    expect([joined.summary, repeated.summary]).toEqual([first.summary, first.summary]);
    expect(await one.pid()).toBe(pid);
  });

  it('refuses an order that was overtaken, another installation’s, and one past its time', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    const older = one.order({ action: 'process.stop' });
    const newer = one.order({ action: 'process.restart' });
    expect(await one.dispatch(newer)).toMatchObject({ outcome: 'succeeded' });
    const pid = await one.pid();
    const foreign = one.order({
      action: 'process.stop',
      fence: { authority: 'another', generation: 9, number: 9 },
    });
    const late = one.order({ action: 'process.stop', notAfter: Date.now() - 1 });
    for (const [order, reason] of [
      [older, 'was overtaken'],
      [foreign, 'obeys the installation installation, and the order is of another'],
      [late, 'after the time by which it had to begin'],
    ] as const) {
      const result = await one.dispatch(order);
      expect(result).toMatchObject({ outcome: 'failed', neverSent: true, targets: [{ outcome: 'refused' }] });
      expect(result.summary).toContain(reason);
    }
    expect(await one.pid()).toBe(pid);
  });

  it('obeys a restored installation, whose generation is newer and whose numbers begin again', async () => {
    one = await makeOneService(staying);
    await one.backend.start();
    await one.dispatch(one.order({ action: 'process.restart', attempt: 'before' }));
    const fence = { authority: 'installation', generation: 2, number: 1 };
    const result = await one.dispatch(one.order({ action: 'process.restart', attempt: 'after', fence }));
    expect(result.outcome).toBe('succeeded');
  });

  it('tells that it took an order before it has carried it out', async () => {
    one = await makeOneService({ ...staying, apply: { command: ['sleep', '0.5'] } });
    await one.backend.start();
    const references: string[] = [];
    const dispatched = one.backend.dispatch(
      one.order({ action: 'process.apply' }),
      dispatchContext(references),
    );
    await expect.poll(() => references).toEqual(['attempt-1']);
    expect(await Promise.race([dispatched, Promise.resolve('still running')])).toBe('still running');
    await dispatched;
  });
});

describe('targets', () => {
  const declared = [{ node: 'one', target: 'app' }];

  it('are the failing nodes’ services, and nothing where nothing fails', async () => {
    one = await makeOneService(staying);
    const request = {
      resource: 'app/main',
      action: 'process.restart',
      target: { select: 'failing-nodes' },
    } as const;
    const signal = AbortSignal.timeout(10_000);
    expect(await one.backend.resolve({ ...request, failing: declared, declared }, signal)).toEqual({
      resolved: true,
      targets: [{ id: 'app', node: 'one', responding: true }],
    });
    expect((await one.backend.resolve({ ...request, failing: [], declared }, signal)).targets).toEqual([]);
  });

  it('that are no declared service are an error with the declared ones', async () => {
    one = await makeOneService(staying);
    const target = { select: 'expression', expression: 'app,apq', matcher: 'list' } as const;
    const request = { resource: 'app/main', action: 'process.restart', target, failing: declared, declared };
    const resolution = await one.backend.resolve(request, AbortSignal.timeout(10_000));
    expect(resolution.targets).toEqual([]);
    expect(resolution.error).toMatch(/apq, which is no service .*declared: app/);
  });
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
