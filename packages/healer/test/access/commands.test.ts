import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@prunella/labs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CommandIo } from '../../src/commands/command.ts';
import { commandEntries } from '../../src/commands/index.ts';
import { runCommandLine } from '../../src/commands/run.ts';
import { startHealer } from '../../src/healer/start-healer.ts';
import { runCommand } from '../commands/run-command.ts';
import { workshop } from '../healer/workshop.ts';

/** A real healer with its port and its socket, and commands as its user gives them on its host. */
async function healing() {
  const shop = workshop({ configuration: `server: { port: ${await freePort()} }\n` });
  const healer = await startHealer({ configurationFile: shop.configurationFile, whenHeld: 'refuse' });
  onTestFinished(() => healer.stop());
  const run = (words: string, environment: Record<string, string> = {}) =>
    runCommand(words.split(' '), { workingDirectory: shop.folder, environment });
  const statusOf = async (token: string, path = '/v1/healer') =>
    (await fetch(`${healer.address}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
  return { ...shop, healer, run, statusOf };
}

describe('prunella tokens', () => {
  test('makes one on the host of the healer, without an admin’s token, good at once', async () => {
    const { run, statusOf } = await healing();
    const made = await run('tokens create --role viewer --name wall --expires 90d');
    expect(made.exitCode, made.stderr).toBe(0);
    expect(made.stdout, 'the secret alone, for a file').toMatch(/^prunella_[0-9A-Za-z]{49}\n$/);
    expect(made.stderr).toMatch(/^wall, viewer \(t-[0-9a-f]{12}\), until \d{4}-.*shown this once/);
    expect(await statusOf(made.stdout.trim())).toBe(200);
    expect(await statusOf(made.stdout.trim(), '/v1/audit')).toBe(403);

    const list = await run('tokens list');
    expect(list.stdout).toMatch(/wall +viewer +good +\d{4}-/);
    expect(list.stdout).toMatch(/operator +operator +configured/);
    expect(list.stdout).not.toContain(made.stdout.trim());

    const rotated = await run('tokens rotate wall --overlap 1h');
    expect(rotated.stderr).toContain('The one before is good until');
    expect(await statusOf(rotated.stdout.trim())).toBe(200);
    const revoked = await run('tokens revoke wall');
    expect(revoked.stdout).toMatch(/^wall \(t-[0-9a-f]{12}\) is good for nothing from now on\.\n$/);
    expect(await statusOf(rotated.stdout.trim())).toBe(401);
  });

  test('speaks JSON, and binds an application', async () => {
    const { run } = await healing();
    const made = await run(
      'tokens create --role reporter --name shop --services shop,shop-* --resources postgres/main --json',
    );
    expect(JSON.parse(made.stdout)).toMatchObject({
      token: { name: 'shop', services: ['shop', 'shop-*'], resources: ['postgres/main'] },
      secret: expect.stringMatching(/^prunella_/),
    });
    const { tokens } = JSON.parse((await run('tokens list --json')).stdout) as { tokens: object[] };
    expect(tokens).toMatchObject([
      { name: 'operator' },
      { name: 'reporter' },
      { name: 'shop', state: 'good' },
    ]);
  });

  test('by somebody elsewhere needs an admin’s token', async () => {
    const { run, healer, folder } = await healing();
    const operator = readFileSync(healer.tokenPlaces?.operator ?? '', 'utf8').trim();
    const words = 'tokens create --role admin --name me';
    const refused = await run(words, { PRUNELLA_TOKEN: operator });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('needs admin');
    const admin = await run(words);
    const file = join(folder, 'admin.token');
    writeFileSync(file, admin.stdout);
    const other = await run(`tokens list --healer ${healer.address} --token-file ${file}`);
    expect(other.exitCode, other.stderr).toBe(0);
  });

  test.each([
    ['tokens create --role root --name x', 2, 'reporter, viewer, operator, admin'],
    ['tokens create --role viewer', 2, '--name'],
    ['tokens create --role viewer --name x --expires soon', 2, '--expires 90s'],
    ['tokens revoke nobody', 1, 'there is no token nobody'],
  ])('%s is answered with what to do', async (words, exitCode, said) => {
    const { run } = await healing();
    const wrong = await run(words);
    expect(wrong.exitCode).toBe(exitCode);
    expect(wrong.stderr).toContain(said);
  });
});

describe('prunella audit', () => {
  test('tells who did what, newest first, and filters', async () => {
    const { run, healer } = await healing();
    const operator = readFileSync(healer.tokenPlaces?.operator ?? '', 'utf8').trim();
    await run('pause --reason deploy --by berta');
    await run('tokens create --role viewer --name wall');
    await run('reload', { PRUNELLA_TOKEN: operator });
    const { stdout, exitCode } = await run('audit');
    expect(exitCode).toBe(0);
    const [reload, create, pause, end] = stdout.split('\n');
    expect(reload).toMatch(/Z {2}operator, operator, 127\.0\.0\.1 {2}reload +refused: .*needs admin$/);
    expect(create).toMatch(/Z {2}local, admin, this host {2}createToken t-.*, wall {2}done: made for wall/);
    expect(pause).toMatch(/Z {2}berta \(as operator\), operator, 127\.0\.0\.1 {2}pauseAll {2}done$/);
    expect(end).toBe('');
    expect((await run('audit --actor berta')).stdout.split('\n')).toHaveLength(2);
    expect((await run('audit --result refused --since 1h')).stdout.split('\n')).toHaveLength(2);
    expect((await run('audit --until 1h')).stdout).toBe('Nothing is written of that.\n');
    // Where no zone is written it is UTC, as in all that is shown, wherever the person sits.
    vi.stubEnv('TZ', 'Asia/Tokyo');
    onTestFinished(() => void vi.unstubAllEnvs());
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString().slice(0, 16);
    for (const until of [inAnHour, `${inAnHour}Z`, `${inAnHour}+00:00`]) {
      expect((await run(`audit --until ${until}`)).stdout.split('\n'), until).toHaveLength(4);
    }
    expect((await run(`audit --since ${inAnHour}`)).stdout).toBe('Nothing is written of that.\n');
    expect((await run('audit --since 2026-13-01')).exitCode).toBe(2);
    const json = JSON.parse((await run('audit --limit 1 --json')).stdout);
    expect(json).toMatchObject({ more: true, entries: [{ sequence: 3, hash: expect.any(String) }] });
    expect((await run('audit --since soon')).exitCode).toBe(2);
    const doctor = await run('doctor --json');
    expect(JSON.parse(doctor.stdout).findings).toContainEqual(
      expect.objectContaining({ check: 'audit', state: 'ok', what: expect.stringContaining('3 entries') }),
    );
  });
});

describe('the commands of docs/access.md', () => {
  const text = readFileSync(new URL('../../../../docs/access.md', import.meta.url), 'utf8');
  const commands = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );

  test('do what they say, one after the other, on the host of the healer', async () => {
    const { run } = await healing();
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      const [program, ...words] = command.split(' ');
      expect(program, command).toBe('prunella');
      const { exitCode, stderr } = await run(words.join(' '));
      expect(exitCode, `${command}: ${stderr}`).toBe(0);
    }
  });
});

describe('prunella up', () => {
  /** Runs it until it is ready, as at a terminal or not, and ends it. */
  async function up(folder: string, isTTY: boolean, words: readonly string[] = []) {
    const interruption = new AbortController();
    const texts = { out: '', error: '' };
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const stream = (name: keyof typeof texts) => ({
      isTTY,
      write(text: string) {
        texts[name] += text;
        if (/Ready\.|"ready":true/.test(text)) resolve();
      },
    });
    const io: CommandIo = {
      stdout: stream('out'),
      stderr: stream('error'),
      environment: { NO_COLOR: '1' },
      workingDirectory: folder,
      interrupted: interruption.signal,
      setExitCode() {},
    };
    const ended = runCommandLine(['up', ...words], commandEntries, io, '1.2.3');
    await Promise.race([ready, ended]);
    interruption.abort();
    await ended;
    return texts;
  }

  test('shows the first admin’s token once, to a person at a terminal', async () => {
    const shop = workshop({ configuration: 'server: { port: 0 }\n' });
    expect((await up(shop.folder, false)).out, 'a log is no terminal').not.toContain('prunella_');
    const first = await up(shop.folder, true);
    expect(first.out).toMatch(/The first admin’s token, shown this once: prunella_[0-9A-Za-z]{49}\n/);
    expect((await up(shop.folder, true)).out).not.toContain('prunella_');
    const database = join(shop.store, 'prunella.db');
    expect(existsSync(database)).toBe(true);
    const secret = /prunella_\w+/.exec(first.out)?.[0] ?? '';
    for (const file of [database, `${database}-wal`]) {
      if (existsSync(file)) expect(readFileSync(file).includes(secret), file).toBe(false);
    }
  });

  test('adds it to JSON only where it is asked for', async () => {
    const shop = workshop({ configuration: 'server: { port: 0 }\n' });
    expect(JSON.parse((await up(shop.folder, true, ['--json'])).out)).not.toHaveProperty('adminToken');
    const asked = await up(shop.folder, false, ['--json', '--admin-token']);
    expect(JSON.parse(asked.out)).toMatchObject({ adminToken: expect.stringMatching(/^prunella_/) });
    const again = await up(shop.folder, false, ['--json', '--admin-token']);
    expect(JSON.parse(again.out)).toMatchObject({ adminToken: null });
  });
});
