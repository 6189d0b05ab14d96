import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary, notRun } from '@prunella/labs';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { root } from './key-tables.ts';

const textOf = (file: string) => readFileSync(join(root, 'deploy', file), 'utf8');

/** What is called by its installed name is a command with these options. */
async function expectCommand(words: readonly string[]): Promise<void> {
  const [name = ''] = words;
  const { stdout, exitCode } = await runCommand([name, '--help']);
  expect(exitCode).toBe(0);
  for (const option of words.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option);
}

test('the unit is one that systemd takes, and calls commands that there are', async (context) => {
  const unit = textOf('prunella.service');
  for (const [, words = ''] of unit.matchAll(/^ExecStart(?:Pre)?=\S+prunella (.*)$/gm)) {
    await expectCommand(words.split(' '));
  }
  if (findBinary('systemd-analyze') === null) return notRun(context, 'needs systemd-analyze on the PATH');
  const folder = mkdtempSync(join(tmpdir(), 'prunella-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'prunella.service');
  // Nothing is installed at that place here, and there is no such user.
  const here = unit
    .replaceAll('/opt/prunella/node_modules/.bin/prunella', process.execPath)
    .replace(/^(User|Group)=.*$/gm, '');
  writeFileSync(file, here);
  const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
    encoding: 'utf8',
  });
  const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('prunella'));
  expect({ own, status }).toEqual({ own: [], status: 0 });
});

test('the container begins with a command that there is, and its health check tells life from death', async () => {
  const text = textOf('Containerfile');
  const listOf = (instruction: RegExp): readonly string[] => JSON.parse(instruction.exec(text)?.[1] ?? '[]');
  expect(listOf(/^ENTRYPOINT (.*)$/m)).toEqual(['/opt/prunella/node_modules/.bin/prunella']);
  await expectCommand(listOf(/^CMD (.*)$/m));
  const [node, flag = '', script = ''] = listOf(/^ {2}CMD (.*)$/m);
  expect([node, flag]).toEqual(['node', '-e']);
  const server = createServer((_, answer) => answer.end('{"live":true}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const run = () =>
    new Promise<number>((resolve) => {
      const asked = script.replace('7766', String(port));
      execFile(process.execPath, [flag, asked], (error) => resolve(error === null ? 0 : 1));
    });
  expect(await run()).toBe(0);
  await new Promise((resolve) => server.close(resolve));
  expect(await run()).toBe(1);
});
