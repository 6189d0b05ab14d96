import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { checkOnce, temporaryFolder } from './one-check.ts';

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has waited for is dead, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a monitor that runs a command', () => {
  test.each([
    [0, 'passes', 'ok'],
    [1, 'passes', 'ok'],
    [1, 'fails', 'critical'],
    [2, 'passes', 'critical'],
    [3, 'passes', 'unknown'],
    [4, 'passes', 'unknown'],
    [127, 'passes', 'unknown'],
  ])('takes exit status %i, with warnings that count as %s, for %s', async (status, warning, state) => {
    const outcome = await checkOnce(
      `type: command, warning: ${warning}, command: [sh, -c, 'echo "DISK 91% used | used=91"; exit ${status}']`,
    );
    expect(outcome).toEqual({
      state,
      detail: `DISK 91% used (exit status ${status})`,
      output: 'DISK 91% used | used=91\n',
    });
  });

  test('gives its words to no shell, unless a shell is asked for', async () => {
    expect(await checkOnce("type: command, command: [echo, '$HOME; exit 2']")).toMatchObject({
      state: 'ok',
      output: '$HOME; exit 2\n',
    });
    expect(await checkOnce("type: command, shell: 'test 1 = 2 || exit 2'")).toMatchObject({
      state: 'critical',
    });
  });

  test('passes on what is written and what programs need, and nothing that the healer knows besides', async () => {
    const written = "type: command, shell: 'env', environment: { PLAIN: a, SECRET: { environment: KEY } }";
    const { output = '' } = await checkOnce(written, { KEY: 'of the check', OTHER: 'of the healer' });
    expect(output).toContain('PLAIN=a\n');
    expect(output).toContain('SECRET=of the check\n');
    expect(output).toContain('PATH=');
    expect(output).not.toContain('of the healer');
    expect(output).not.toContain('VITEST');
  });

  test('does not know where the program is not there, or somebody killed it', async () => {
    expect(await checkOnce('type: command, command: [/no/such/program]')).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('ENOENT'),
    });
    expect(await checkOnce("type: command, shell: 'kill -9 $$'")).toMatchObject({
      state: 'unknown',
      detail: 'was killed by SIGKILL',
    });
  });

  test('keeps the beginning of what is said, and lets nobody wait for the rest', async () => {
    const outcome = await checkOnce("type: command, shell: 'echo first; yes | head -c 3000000; exit 2'");
    expect(outcome.state).toBe('critical');
    expect(outcome.output).toHaveLength(4_000);
    expect(outcome.output).toMatch(/^first\ny\n/);
  });

  test.each([
    ['at its timeout', 'sleep 600', '1500ms', 'critical'],
    ['at its own end', 'true', '30s', 'ok'],
  ])('is ended %s with all that it started', async (_when, last, timeout, state) => {
    const folder = temporaryFolder();
    const file = join(folder, 'pid');
    const script = `sleep 600 & echo $! > ${file}; ${last}`;
    const outcome = await checkOnce(`type: command, timeout: ${timeout}, shell: '${script}'`);
    expect(outcome.state).toBe(state);
    const pid = Number(readFileSync(file, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    await waitFor(() => !isAlive(pid), { what: 'the end of what the command left behind' });
  });

  test('must be written either as a list or for a shell', async () => {
    await expect(checkOnce('type: command')).rejects.toThrow('either `command` or `shell`');
    await expect(checkOnce('type: command, command: [a], shell: b')).rejects.toThrow('either');
  });
});
