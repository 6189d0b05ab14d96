import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary, freePort, notRun, waitFor } from '@prunella/labs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandEntries } from '../../src/commands/index.ts';
import { smallFleet } from '../healer/small-fleet.ts';
import { programsIn } from './programs.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { runCommand } from './run-command.ts';

/** How each is started without anybody's settings, and told to complete. */
const shells = {
  bash: { words: ['--norc', '--noprofile', '-i'], load: 'source <(prunella completion bash)' },
  zsh: {
    words: ['-f', '-i'],
    load: 'autoload -Uz compinit && compinit -u -D && source <(prunella completion zsh)',
  },
  fish: { words: ['--no-config', '--interactive'], load: 'prunella completion fish | source' },
} as const;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-shell-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.each(Object.keys(shells) as (keyof typeof shells)[])('in %s', (shell) => {
  test('commands, options, words, files and the names that the healer knows are completed', async (context) => {
    const program = findBinary(shell);
    if (program === null) return notRun(context, `needs ${shell} on the PATH`);
    const { configurationFile } = await smallFleet();
    const folder = emptyFolder();
    const { words, load } = shells[shell];
    const terminal = new PseudoTerminal(words, {
      program,
      workingDirectory: folder,
      environment: {
        HOME: folder,
        PATH: `${programsIn(folder)}:${process.env['PATH']}`,
        PRUNELLA_CONFIG: configurationFile,
        PS1: '> ',
      },
    });
    terminal.press(`${load}; echo "loaded ""now"\r`);
    await terminal.shows(/^loaded now/m);
    const completes = async (typed: string, whole: RegExp) => {
      terminal.press(typed);
      // Pressed again where the healer was slower than who completes waits for.
      await waitFor(
        async () => {
          terminal.press('\t');
          return await terminal.shows(whole, 2_000).then(() => true);
        },
        { what: `${typed} to be completed` },
      );
      // Ctrl-U: the line is given up.
      terminal.press('\u0015');
    };
    await completes('prunella wat', /prunella watch/);
    await completes('prunella services sto', /prunella services stop/);
    await completes('prunella explain --why', /prunella explain --why-not/);
    await completes('prunella completion fi', /prunella completion fish/);
    await completes('prunella resources redis', /prunella resources redis\/cache/);
    await completes('prunella playbooks --json data', /prunella playbooks --json database/);
    await completes('prunella backup .progr', /prunella backup \.programs/);
    terminal.press('exit\r');
  });
});

test('every command is in every script', async () => {
  for (const shell of Object.keys(shells)) {
    const { stdout, exitCode } = await runCommand(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const { name } of commandEntries) expect(stdout).toContain(name);
  }
});

test('names are silence where no healer answers', async () => {
  const healer = `http://127.0.0.1:${await freePort()}`;
  const run = await runCommand(['completion', 'names', 'resources', '--', 'resources', '--healer', healer]);
  expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('a shell that is not known is refused', async () => {
  const { exitCode, stderr } = await runCommand(['completion', 'tcsh']);
  expect(stderr).toContain('bash, zsh, fish');
  expect(exitCode).toBe(2);
});

test('a reader that has enough is no fault', async () => {
  const path = `${programsIn(emptyFolder())}:${process.env['PATH']}`;
  const line = 'prunella completion bash | head -n 1; echo "$PIPESTATUS"';
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', line], {
    env: { PATH: path },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^# prunella: completion for bash.*\n0\n$/);
});
