import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { configureReporting, type ReportingOptions } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { ask } from './guarded.ts';
import { ManualClock } from './manual-clock.ts';
import { address, directive, guarded, healer, report, resource, until } from './reporting-process.ts';
import { StandInError } from './stand-in-adapter.ts';
import { StandInHealer } from './stand-in-healer.ts';

describe('reports', () => {
  test('say as state who reports and what it sees, with the token', async () => {
    report();
    const { guard } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('ok'));
    const { report: newest, token } = healer.reports.at(-1) ?? {};
    expect(token).toBe('Bearer secret-of-the-test');
    expect(newest).toMatchObject({ protocol: 1, service: 'actioner', host: hostname(), heartbeatMs: 400 });
    expect(newest?.instance).toMatch(new RegExp(`^actioner/${hostname()}/[0-9a-f-]{13}$`));
    expect(newest?.conditions[0]).toMatchObject({ resource, successes: 1, faults: {} });
    expect(newest?.conditions[0]?.lastSuccessAgeMs).toBeGreaterThanOrEqual(0);
  });

  test('a change is sent at once, many changes within 20 ms as one', async () => {
    report({ heartbeatOkMs: 60_000, heartbeatSickMs: 60_000 });
    const { guard, adapter } = guarded({ breaker: { consecutive: 100 } });
    await guard.run(ask);
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('ok'));
    const before = healer.reports.length;
    adapter.serves = 'unreachable';
    // All end before a timer can fire.
    await Promise.all(Array.from({ length: 6 }, () => guard.tryRun(ask)));
    // Long before the next heartbeat.
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('degraded'));
    expect(healer.reports.length).toBe(before + 1);
    expect(healer.newest?.conditions[0]).toMatchObject({
      faults: { unreachable: 6 },
      lastFaultKind: 'unreachable',
    });
    expect(healer.newest?.conditions[0]?.firstFaultAgeMs).toBeGreaterThanOrEqual(0);
  });

  test('beat more often while a guard is not ok, with growing sequence and one epoch', async () => {
    report({ heartbeatSickMs: 50, heartbeatOkMs: 60_000 });
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(5));
    const sequences = healer.reports.map(({ report: each }) => each.sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));
    expect(new Set(healer.reports.map(({ report: each }) => each.epoch)).size).toBe(1);
    expect(healer.newest?.heartbeatMs).toBe(50);
  });

  test('say that reads come from the cache', async () => {
    report();
    const { guard, adapter } = guarded();
    const read = () => guard.read({ key: 'monitor:1', load: ask });
    await read();
    adapter.serves = 'unreachable';
    await read();
    await until(() => expect(healer.newest?.conditions[0]?.cacheOnly?.newestAgeMs).toBeGreaterThanOrEqual(0));
    adapter.serves = true;
    await read();
    await until(() => expect(healer.newest?.conditions[0]?.cacheOnly).toBeUndefined());
  });

  test('carry no secrets in their samples', async () => {
    report();
    const { guard } = guarded();
    const text = `connect to postgres://app:p@ss@db1:5432/app failed, password=hunter2, near 'hans@example.org'
      DETAIL:  Key (email)=(eva@example.org) already exists.`;
    await guard.tryRun(() => Promise.reject(new StandInError('unreachable', text)));
    await until(() => expect(healer.newest?.conditions[0]?.sample).toBeDefined());
    const sample = healer.newest?.conditions[0]?.sample ?? '';
    expect(sample).toContain('postgres://***@db1:5432/app');
    expect(sample).not.toMatch(/p@ss|hunter2|hans|eva/);
    await guard.tryRun(() => Promise.reject(new StandInError('unreachable', 'x '.repeat(50_000))));
    await until(() => expect(healer.newest?.conditions[0]?.sample?.length).toBe(300));
  });

  test('of two guards of one resource are one condition; counters go on when one of them is gone', async () => {
    report();
    const first = guarded();
    const second = guarded();
    await first.guard.run(ask);
    second.adapter.serves = 'unreachable';
    await second.guard.tryRun(ask);
    const merged = { condition: 'degraded', successes: 1, faults: { unreachable: 1 } };
    await until(() => expect(healer.newest?.conditions).toMatchObject([merged]));
    await second.guard.detach();
    const left = { condition: 'ok', successes: 1, faults: { unreachable: 1 } };
    await until(() => expect(healer.newest?.conditions).toMatchObject([left]));
    expect(healer.newest?.conditions.length).toBe(1);
  });

  test('the last guard that is detached says goodbye', async () => {
    report();
    const { guard } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('ok'));
    await guard.detach();
    await until(() => expect(healer.newest).toMatchObject({ goodbye: true, conditions: [] }));
    await until(() => expect(healer.openPolls).toBe(0));
  });

  test('go over a local socket, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prunella-'));
    const local = new StandInHealer();
    try {
      report({ healer: await local.listen(join(folder, 'healer.sock')) });
      const { guard } = guarded();
      await guard.run(ask);
      await until(() => expect(local.newest?.conditions[0]?.condition).toBe('ok'));
      await guard.detach();
      expect(local.newest?.goodbye).toBe(true);
    } finally {
      await local.close();
      await rm(folder, { recursive: true });
    }
  });

  test('take the token from its file anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prunella-'));
    try {
      const tokenFile = join(folder, 'token');
      await writeFile(tokenFile, 'one\n');
      report({ tokenFile, heartbeatOkMs: 50 });
      const { guard } = guarded();
      await guard.run(ask);
      await until(() => expect(healer.reports.at(-1)?.token).toBe('Bearer one'));
      await writeFile(tokenFile, 'two\n');
      await until(() => expect(healer.reports.at(-1)?.token).toBe('Bearer two'));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('wait for a token file that is not there, and the healer is not blamed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prunella-'));
    const warnings: string[] = [];
    const listener = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listener);
    try {
      const tokenFile = join(folder, 'reporter');
      report({ tokenFile, heartbeatOkMs: 50 });
      const { guard } = guarded();
      await guard.run(ask);
      await until(() => expect(warnings).not.toEqual([]));
      expect(warnings[0]).toContain(`${tokenFile}, does not exist`);
      expect(warnings[0]).toContain('`prunella up` prints where it keeps that file');
      await writeFile(tokenFile, 'one\n');
      await until(() => expect(healer.reports.at(-1)?.token).toBe('Bearer one'));
      expect(warnings.filter((text) => text.includes('cannot be reached'))).toEqual([]);
    } finally {
      process.off('warning', listener);
      await rm(folder, { recursive: true });
    }
  });

  test('are not sent in a test run unless told to, which is said', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    configureReporting({ service: 'actioner', healer: address });
    expect((await warned).message).toContain('PRUNELLA_IN_TESTS=1');
    const { guard } = guarded();
    await guard.run(ask);
    await guard.detach();
    expect(healer.reports).toEqual([]);
  });

  const wrong: readonly [Partial<ReportingOptions>, string][] = [
    [{ healer: 'ftp://db1' }, 'option healer: given "ftp://db1"; allowed: http://'],
    [{ healer: 'db1:4400' }, 'option healer:'],
    [{ service: 'a/b' }, 'option service: given "a/b"'],
    [{ heartbeatOkMs: 1 }, 'option heartbeatOkMs: given 1; allowed: a number from 50'],
  ];
  test.each(wrong)('wrong options are refused at once: %j', (options, text) => {
    expect(() => report(options)).toThrow(text);
  });
});

describe('a healer that is no good', () => {
  test('that is away costs no call anything, and gets the newest state when it is there', async () => {
    await healer.close();
    report();
    const { guard, adapter } = guarded();
    await guard.run(ask);
    adapter.serves = 'unreachable';
    expect((await guard.tryRun(ask)).ok).toBe(false);
    const back = new StandInHealer();
    const other = await back.listen();
    report({ healer: [address, other] });
    await until(() => expect(back.newest?.conditions[0]?.condition).toBe('degraded'));
    await back.close();
  });

  test('that never answers is given up after the time-out, and asked again', async () => {
    healer.answer = () => {};
    report({ timeoutMs: 50 });
    const { guard } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(2));
    const began = performance.now();
    await guard.detach();
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('that answers without end is cut off', async () => {
    healer.answer = (response) => {
      response.write('x'.repeat(1_000_000));
    };
    report();
    const { guard } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(2));
  });

  test('that refuses the token is named once', async () => {
    const warnings: string[] = [];
    const listener = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listener);
    healer.answer = (response) => {
      response.statusCode = 401;
      response.end();
    };
    report({ heartbeatOkMs: 50 });
    const { guard } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(3));
    process.off('warning', listener);
    expect(warnings.filter((text) => text.includes('refuses the token'))).toHaveLength(1);
  });

  test('that answers polls with nothing, at once, is not asked in a loop', async () => {
    healer.answerPoll = (response) => response.end('{"cursor":"c","directives":[]}');
    report();
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(5));
    expect(healer.polls.length).toBeLessThan(20);
  });

  test('that sends new directives without end is asked at a pace, and costs no timer', async () => {
    report({ heartbeatSickMs: 60_000 });
    let sequence = 0;
    healer.answerPoll = (response) => {
      const directives = Array.from({ length: 256 }, () =>
        directive({ sequence: ++sequence, spreadMs: 300_000 }),
      );
      response.end(JSON.stringify({ cursor: 'c', directives }));
    };
    const clock = new ManualClock();
    const { guard, adapter } = guarded({ clock });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    const timersBefore = clock.timers;
    await until(() => expect(healer.polls.length).toBeGreaterThan(3));
    const pollsBefore = healer.polls.length;
    const lookedAt = performance.now();
    await until(() => expect(healer.polls.length).toBeGreaterThan(pollsBefore + 4));
    expect(performance.now() - lookedAt).toBeGreaterThan(300);
    expect(clock.timers).toBe(timersBefore);
  });

  test('that sends garbage for directives changes nothing', async () => {
    report();
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    const seen: unknown[] = [];
    guard.on('directive', (event) => seen.push(event));
    await until(() => expect(healer.openPolls).toBe(1));
    healer.direct(JSON.parse('null'), JSON.parse('{"directive":"probe"}'), directive({ spreadMs: -1 }));
    await until(() => expect(healer.openPolls).toBe(1));
    expect(seen).toEqual([]);
  });
});

test('guard and reporter leave no handle: a process that is done ends by itself', async () => {
  const file = fileURLToPath(new URL('ends-by-itself.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=prunella-source', file, address],
    { timeout: 50_000 },
  );
  expect(stdout).toBe('down');
  expect(healer.newest?.service).toBe('short');
  expect(healer.polls.length).toBe(1);
});
