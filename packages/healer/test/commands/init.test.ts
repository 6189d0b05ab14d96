import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@prunella/labs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { runCommand } from './run-command.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const textOf = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');

const answered: readonly (readonly [string, readonly string[]])[] = [
  ['a Redis that the healer runs', ['--resource', 'redis/main', '--command', 'redis-server --port 6390']],
  [
    'a PostgreSQL under Salt',
    [
      ...['--resource', 'postgres/main', '--user', 'probe', '--password-environment', 'PROBE_PASSWORD'],
      ...['--repair', 'salt', '--salt-url', 'http://127.0.0.1:8000', '--minion', 'db1.example.com'],
      ...['--salt-secret-environment', 'SALT_SECRET', '--autonomy', 'auto', '--tell', 'http://127.0.0.1:1/x'],
    ],
  ],
  [
    'a RethinkDB by webhooks',
    [
      ...[
        '--resource',
        'rethinkdb/Main.1',
        '--repair',
        'salt-hook',
        '--salt-url',
        'https://salt.example.com',
      ],
      ...['--salt-secret-environment', 'HOOK', '--minion', 'db1', '--autonomy', 'auto'],
    ],
  ],
  [
    'an HTTP service that another program repairs',
    [
      ...['--resource', 'http/shop', '--url', 'http://127.0.0.1:1/health?deep=yes#x', '--repair', 'http'],
      ...['--repair-url', 'https://ops.example.com/restart?what=shop', '--autonomy', 'auto'],
    ],
  ],
];

describe('prunella init --yes', () => {
  test.each(answered)('%s: what it leaves passes `prunella check`', async (_, options) => {
    const folder = emptyFolder();
    const settings = {
      workingDirectory: folder,
      environment: { PROBE_PASSWORD: 'x', SALT_SECRET: 'x', HOOK: 'x' },
    };
    const { exitCode, stdout, stderr } = await runCommand(['init', '--yes', ...options], settings);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.slice(stdout.indexOf('In the application')).split('\n');
    expect(lines.slice(1, 6).every((line) => /^ {2}\S/.test(line))).toBe(true);
    expect(stdout).toMatch(/Next\n {2}npx prunella up\n$/);
    expect(stdout).toMatch(/does not answer now \(.+\): /);
    const check = await runCommand(['check', '--json'], settings);
    expect(JSON.parse(check.stdout).problems).toEqual([]);
    expect(check.exitCode).toBe(0);
  });

  test.each([
    ['https://ops.example.com/x', [], 'webhook', 'secrets: [{ file: secrets/webhook }]'],
    ['webhook', ['--tell-url', 'https://ops.example.com/x'], 'webhook', 'url: https://ops.example.com/x'],
    [
      'slack',
      ['--slack-channel', 'C0123456789', '--slack-token-environment', 'BOT'],
      'slack',
      'token: { environment: BOT }',
    ],
    [
      'email',
      [
        ...['--mail-to', 'ops@example.com', '--mail-host', 'mail.example.com', '--mail-user', 'prunella'],
        ...['--mail-password-environment', 'MAIL'],
      ],
      'email',
      'password: { environment: MAIL }',
    ],
    [null, ['--tell-url', 'https://ops.example.com/x'], 'webhook', 'url: https://ops.example.com/x'],
    [
      null,
      ['--slack-channel', 'C0123456789', '--slack-token-environment', 'BOT'],
      'slack',
      'token: { environment: BOT }',
    ],
    [
      null,
      ['--mail-to', 'ops@example.com', '--mail-host', 'mail.example.com'],
      'email',
      'host: mail.example.com',
    ],
  ])('tells people by %s %j, and `prunella check` is content', async (tell, options, type, line) => {
    const folder = emptyFolder();
    const settings = { workingDirectory: folder, environment: { BOT: 'x', MAIL: 'x' } };
    const words = ['init', '--yes', '--resource', 'redis/main', '--command', 'redis-server'];
    const how = tell === null ? [] : ['--tell', tell];
    const { stderr } = await runCommand([...words, ...how, ...options], settings);
    expect(stderr).toBe('');
    expect(textOf(folder, 'prunella.yaml')).toContain(`type: ${type}`);
    expect(textOf(folder, 'prunella.yaml')).toContain(line);
    const { stdout } = await runCommand(['check', '--json'], settings);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, problems: [], notes: [] });
  });

  test('says that what it found answers', async () => {
    const folder = emptyFolder();
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { stdout } = await runCommand(
      [
        ...['init', '--json', '--resource', 'http/shop', '--url', `http://127.0.0.1:${port}/`],
        ...['--repair', 'http', '--repair-url', 'http://127.0.0.1:1/'],
      ],
      { workingDirectory: folder },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      resource: 'http/shop',
      probe: { passed: true },
      warnings: [],
    });
  });

  test('overwrites nothing without --force, and writes no part of it', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'prunella.yaml'), '# mine\n');
    const words = ['init', '--yes', '--resource', 'redis/main', '--command', 'redis-server'];
    const refused = await runCommand(words, { workingDirectory: folder });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('prunella.yaml is there already: nothing was written');
    expect(readdirSync(folder)).toEqual(['prunella.yaml']);
    expect(textOf(folder, 'prunella.yaml')).toBe('# mine\n');
    expect((await runCommand([...words, '--force'], { workingDirectory: folder })).exitCode).toBe(0);
    expect(textOf(folder, 'prunella.yaml')).toContain('redis/main');
  });

  test.each([
    [
      ['--resource', 'mysql/main'],
      '--resource: mysql cannot be set up here: there are postgres, redis, rethinkdb, http',
    ],
    [['--resource', 'redis/main', '--port', '70000'], '--port: 70000 is no port'],
    [['--resource', 'redis/main'], '--command is missing'],
    [[], '--resource is missing'],
    [['--resource', 'redis/main', '--repair', 'salt'], '--salt-url is missing'],
    [
      [
        ...['--resource', 'redis/main', '--repair', 'salt', '--salt-url', 'http://127.0.0.1:8000'],
        ...['--salt-secret-environment', 'S', '--minion', 'db*'],
      ],
      'a pattern would mean others, too',
    ],
    [
      ['--resource', 'redis/main', '--command', 'x', '--tell', 'pager'],
      'pager is none of slack, email, webhook, none',
    ],
    [['--resource', 'redis/main', '--command', 'x', '--tell', 'slack'], '--slack-channel is missing'],
    [
      [...['--resource', 'redis/main', '--command', 'x', '--tell', 'slack'], '--slack-channel', '#ops'],
      'is no id of a channel',
    ],
    [
      [...['--resource', 'redis/main', '--command', 'x', '--tell', 'email'], '--mail-to', 'ops'],
      'is no address of a person',
    ],
    [['--resource', 'redis/main', '--command', 'x', '--slack-token-file', 'x'], '--slack-channel is missing'],
    [
      [
        ...['--resource', 'redis/main', '--command', 'x'],
        '--slack-channel',
        'C1',
        '--mail-to',
        'ops@example.com',
      ],
      'name one with --tell: slack, email',
    ],
    [['--resource', 'redis/main', '--repair', 'magic'], '--repair: magic is none of'],
    [
      ['--resource', 'http/x', '--url', 'http://a:b@c/', '--repair', 'http'],
      'must hold no user and no password',
    ],
  ])('names what is wrong or missing: %s', async (options, said) => {
    const folder = emptyFolder();
    const { exitCode, stderr } = await runCommand(['init', '--yes', ...options], {
      workingDirectory: folder,
    });
    expect(stderr).toContain(said);
    expect(exitCode).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('without a terminal nobody is asked, and it says what to do', async () => {
    const { exitCode, stderr } = await runCommand(['init'], { workingDirectory: emptyFolder() });
    expect(stderr).toContain('give --yes and say by options');
    expect(exitCode).toBe(2);
  });
});

describe('prunella init at a terminal', () => {
  test('asks, takes a number for an answer, asks again after a wrong one, and never shows a secret', async () => {
    const folder = emptyFolder();
    const port = await freePort();
    const terminal = new PseudoTerminal(['init'], { environment: {}, workingDirectory: folder, rows: 60 });
    const answer = async (question: RegExp, text: string) => {
      await terminal.shows(question);
      terminal.press(`${text}\r`);
    };
    await answer(/What is to be guarded\?[\s\S]*Which one\? \[postgres\]/, '2');
    await answer(/Its name\? \[main\]/, '');
    await answer(/On which host does it listen\? \[127\.0\.0\.1\]/, '');
    await answer(/On which port\? \[6379\]/, 'many');
    await answer(/many is no port/, String(port));
    await answer(/Its password\?/, 'hunter2');
    await answer(/How is it repaired\?[\s\S]*Which one\? \[process\]/, '');
    await answer(/The program, with its arguments\?/, `redis-server --port ${port}`);
    await answer(/Who decides that a repair runs\?[\s\S]*Which one\? \[ask\]/, 'auto');
    await answer(/Who is told\?[\s\S]*Which one\? \[none\]/, 'slack');
    await answer(/The channel's id/, '#ops');
    await answer(/#ops" is no id of a channel/, 'C0123456789');
    await answer(/Its bot token/, 'xoxb-hunter3');
    await answer(/The application's name\? \[app\]/, 'shop');
    await terminal.shows(/npx prunella up/);
    expect(await terminal.ended()).toEqual({ exit: 0, modesRestored: true });
    expect(terminal.written).not.toContain('hunter');
    expect(textOf(folder, 'secrets/slack-token')).toBe('xoxb-hunter3\n');
    expect(textOf(folder, 'secrets/redis-main')).toBe('hunter2\n');
    expect(statSync(join(folder, 'secrets/redis-main')).mode & 0o777).toBe(0o600);
    expect(textOf(folder, 'prunella.yaml')).toContain('password: { file: secrets/redis-main }');
    expect(textOf(folder, 'playbooks/redis-main.yaml')).toContain('autonomy: auto');
    expect((await runCommand(['check'], { workingDirectory: folder })).exitCode).toBe(0);
  });

  test('Ctrl-C writes nothing', async () => {
    const folder = emptyFolder();
    const terminal = new PseudoTerminal(['init'], { environment: {}, workingDirectory: folder });
    await terminal.shows(/Which one\?/);
    terminal.press('\u0003');
    expect(await terminal.ended()).toEqual({ exit: 1, modesRestored: true });
    expect(terminal.text).toContain('nothing was written');
    expect(existsSync(join(folder, 'prunella.yaml'))).toBe(false);
  });
});
