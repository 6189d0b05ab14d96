import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandEntries } from '../../src/commands/index.ts';
import { runCommand } from './run-command.ts';

const examples = fileURLToPath(new URL('../../../../examples/playbooks', import.meta.url));
const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-check-'));
  await mkdir(join(folder, 'playbooks'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await writeFile(join(folder, path), text);
}

const configuration =
  "backends: { salt: { mode: hook, url: 'http://127.0.0.1:8000', secret: { environment: SECRET } } }\n" +
  'resources: { redis/main: { nodes: { a: { target: m, probe: { type: redis } } } } }\n';
const good =
  'playbook: good\nfor: redis/*\nladder: [{ action: salt.service.restart, with: { service: redis } }]\n';

describe('prunella check', () => {
  it('checks prunella.yaml and its playbooks without a healer', async () => {
    await put('prunella.yaml', configuration);
    await put('playbooks/good.yaml', good);
    const { stdout, exitCode } = await runCommand(['check'], {
      workingDirectory: folder,
      environment: { SECRET: 'x' },
    });
    expect(stdout).toMatch(/^2 files, 0 errors, 0 warnings\n/);
    expect(exitCode).toBe(0);
  });

  it('says that nobody would be told, until somebody is', async () => {
    const settings = { workingDirectory: folder, environment: { SECRET: 'x' } };
    await put('prunella.yaml', configuration);
    await put('playbooks/good.yaml', good);
    expect((await runCommand(['check'], settings)).stdout).toContain('Nobody would be told: no channel');
    const asJson = await runCommand(['check', '--json'], settings);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('Nobody would be told')],
    });
    const channel = "{ type: webhook, url: 'https://a.example', secrets: [{ environment: SECRET }] }";
    await put('prunella.yaml', `${configuration}notifications: { channels: { people: ${channel} } }\n`);
    expect((await runCommand(['check'], settings)).stdout).toBe('2 files, 0 errors, 0 warnings\n');
  });

  it('tells every problem of every file with its place, and fails', async () => {
    await put('prunella.yaml', configuration);
    await put('playbooks/bad.yaml', good.replace('ladder', 'lader').replace('good', 'bad'));
    await put('playbooks/typo.yaml', good.replace('service.restart', 'service.restrat'));
    const { stdout, exitCode } = await runCommand(['check'], { workingDirectory: folder });
    expect(stdout).toContain('prunella.yaml:1:86: warning: the environment variable SECRET is not set here');
    expect(stdout).toContain(
      'playbooks/bad.yaml:3:1: error: `lader` is not known: lader (unknown-key)\n  did you mean `ladder`?',
    );
    expect(stdout).toContain('playbooks/typo.yaml:3:20: error: no configured backend has the action');
    expect(stdout).toContain('3 files, 3 errors, 1 warning\n');
    expect(exitCode).toBe(1);
  });

  it('checks the playbooks and scenarios of a folder, but no configuration in it', async () => {
    await put('playbooks/good.yaml', good);
    await put('playbooks/bad.yaml', good.replace('ladder', 'lader').replace('good', 'bad'));
    await put('playbooks/some.scenario.yaml', 'scenario: some\n');
    await put('playbooks/prunella.yaml', configuration);
    await put('playbooks/notes.txt', 'nothing');
    const { stdout, exitCode } = await runCommand(['check', 'playbooks'], { workingDirectory: folder });
    expect(stdout).toContain('playbooks/bad.yaml:3:1: error: `lader` is not known');
    expect(stdout).toContain('playbooks/some.scenario.yaml:1:1: error: `resources` is missing');
    expect(stdout).toContain('\n3 files, ');
    expect(exitCode).toBe(1);
    await mkdir(join(folder, 'empty'));
    const empty = await runCommand(['check', 'empty'], { workingDirectory: folder });
    expect(empty).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no playbook and no scenario in empty'),
    });
  });

  it('is not failed by warnings', async () => {
    await put('prunella.yaml', configuration);
    await put('playbooks/good.yaml', good);
    expect((await runCommand(['check'], { workingDirectory: folder })).exitCode).toBe(0);
  });

  it('checks playbooks that are named, without a configuration', async () => {
    const { stdout, exitCode } = await runCommand(['check', 'rethinkdb.yaml'], {
      workingDirectory: examples,
    });
    expect(stdout).toMatch(/^rethinkdb\.yaml:\d+:\d+: warning/);
    expect(stdout).toContain('1 file, 0 errors, 1 warning\n');
    expect(exitCode).toBe(0);
  });

  it('tells the problems of prunella.yaml and of its playbooks at once', async () => {
    await put('prunella.yaml', `${configuration}stor: {}\n`);
    await put('playbooks/bad.yaml', good.replace('ladder', 'lader'));
    const { stdout } = await runCommand(['check'], {
      workingDirectory: folder,
      environment: { SECRET: 'x' },
    });
    expect(stdout).toContain('did you mean `store`?');
    expect(stdout).toContain('did you mean `ladder`?');
    expect(stdout).toContain('2 files, 3 errors, 0 warnings\nMore is checked once the errors are gone');
  });

  it('does not miss playbooks that are not among the named ones', async () => {
    await put('prunella.yaml', `${configuration.replace('redis/main', 'postgres/main')}`);
    await put('playbooks/good.yaml', good.replace('redis/*', 'postgres/*'));
    await put('other.yaml', good.replace('good', 'other').replace('redis/*', 'postgres/mian'));
    const { stdout } = await runCommand(['check', 'other.yaml'], { workingDirectory: folder });
    expect(stdout).toContain('did you mean `for: postgres/main`?');
    expect(stdout).not.toContain('no playbook is for');
  });

  it.each([
    ['--nonsense', "unknown option '--nonsense'"],
    ['--config', "option '--config <file>' argument missing"],
  ])('gives JSON also where it is called wrongly: %s', async (word, message) => {
    const { stdout, stderr, exitCode } = await runCommand(['check', '--json', word], {});
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message, remedy: 'see --help' } });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 2 });
  });

  it('gives JSON', async () => {
    await put('prunella.yaml', 'stor: {}\n');
    const { stdout, exitCode } = await runCommand(['check', '--json'], { workingDirectory: folder });
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      notes: [],
      files: [join(folder, 'prunella.yaml')],
      problems: [
        {
          severity: 'error',
          code: 'unknown-key',
          file: join(folder, 'prunella.yaml'),
          line: 1,
          column: 1,
          text: 'stor',
          message: '`stor` is not known',
          suggestion: 'did you mean `store`?',
        },
      ],
    });
    expect(exitCode).toBe(1);
  });

  it('says what to do where there is nothing to check, or what is named is not there', async () => {
    const { stderr, exitCode } = await runCommand(['check'], { workingDirectory: folder });
    expect(stderr).toContain(`there is no prunella.yaml in ${folder}`);
    expect(exitCode).toBe(2);
    const named = await runCommand(['check', 'none.yaml'], { workingDirectory: folder });
    expect(named.stdout).toContain('none.yaml: error: does not exist (file-unreadable)');
    expect(named.exitCode).toBe(1);
  });

  it('has colours on a terminal, or where FORCE_COLOR wants them, and none with NO_COLOR', async () => {
    await put('prunella.yaml', 'stor: {}\n');
    const colour = '\u001b[';
    const run = (isTTY: boolean, environment = {}) =>
      runCommand(['check'], { workingDirectory: folder, isTTY, environment });
    expect((await run(true)).stdout).toContain(colour);
    expect((await run(false)).stdout).not.toContain(colour);
    expect((await run(true, { NO_COLOR: '1' })).stdout).not.toContain(colour);
    expect((await run(false, { FORCE_COLOR: '1' })).stdout).toContain(colour);
    expect((await run(true, { FORCE_COLOR: '0' })).stdout).not.toContain(colour);
    expect((await run(true, { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(colour);
  });
});

describe('the program', () => {
  it.each(commandEntries.map(({ name }) => name))(
    '%s --help shows its options, --json among them',
    async (name) => {
      const { stdout, exitCode } = await runCommand([name, '--help']);
      expect(stdout).toContain(`Usage: prunella ${name}`);
      expect(stdout).toContain('--json');
      expect(stdout).toContain('Exit status');
      expect(exitCode).toBe(0);
    },
  );

  it('knows its version, and names the nearest command', async () => {
    expect((await runCommand(['--version'])).stdout).toBe('1.2.3\n');
    const { stderr, exitCode } = await runCommand(['explian']);
    expect(stderr).toContain('Did you mean explain?');
    expect(exitCode).toBe(2);
  });

  it('runs as a process and exits with the status of its command', () => {
    const run = (...words: string[]) => {
      const argumentList = ['--conditions=prunella-source', program, ...words];
      const { status, stdout } = spawnSync(process.execPath, argumentList, {
        cwd: examples,
        encoding: 'utf8',
        timeout: 60_000,
      });
      return { status, stdout };
    };
    expect(run('check', 'rethinkdb.yaml', '--json')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"ok": true'),
    });
    expect(run('check')).toMatchObject({ status: 2 });
  }, 120_000);
});
