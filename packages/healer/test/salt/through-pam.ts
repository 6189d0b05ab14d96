import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary, notRun } from '@prunella/labs';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import { contextOf, orderOf, type SaltBench } from './salt-bench.ts';

/** An account of this system and a service of its PAM, which are there for one test. */
const name = `prunella-lab-${process.pid}`;
const failuresThatLock = 2;

/** Salt asks PAM in the system's Python, which knows nothing of a virtual environment; a link into one it follows. */
const python = join(tmpdir(), `${name}-${randomBytes(8).toString('hex')}`);

export const pamMaster = {
  account: name,
  settings: { 'auth.pam.service': name, 'auth.pam.python': python },
};

export function throughPam(given: () => SaltBench): void {
  it('has a wrong password counted once, however many want to log in, and takes the right one at once', async (context) => {
    const account = await makeAccount(context, given());
    const secrets = { PASSWORD: 'guessed' };
    const backend = given().api({ username: name, eauth: 'pam', perMinion: 10, secrets });
    onTestFinished(() => backend.close());
    const order = () => backend.dispatch(orderOf('salt.state.highstate'), contextOf());
    const refusals = await Promise.all(Array.from({ length: 10 }, () => order().catch((error) => error)));
    for (const error of refusals)
      expect(error).toMatchObject({ code: 'salt-login-refused', maybeTaken: false });
    await expect(order()).rejects.toThrow('not tried again for');
    expect(account.failures()).toBe(1);
    secrets.PASSWORD = account.password;
    expect((await order()).outcome).toBe('succeeded');
    expect(account.failures()).toBe(1);

    // One more is what it takes: so the first ten were no more than one to this PAM.
    expect(await logIn(given(), 'guessed')).toBe(401);
    expect(await logIn(given(), account.password)).toBe(401);
  });
}

async function logIn({ lab }: SaltBench, password: string): Promise<number> {
  const response = await fetch(`${lab.api.url}/login`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ username: name, password, eauth: 'pam' }),
  });
  await response.body?.cancel();
  return response.status;
}

interface Account {
  readonly password: string;
  /** As PAM has counted them. */
  failures(): number;
}

async function makeAccount(context: TestContext, { folder, binFolder }: SaltBench): Promise<Account> {
  if (process.getuid?.() !== 0) notRun(context, 'needs root, to make an account');
  for (const program of ['useradd', 'userdel', 'chpasswd', 'faillock'])
    if (findBinary(program) === null) notRun(context, `needs ${program} on the PATH, to ask a real PAM`);
  const password = randomBytes(24).toString('base64url');
  const tallies = join(folder, 'pam');
  const service = `/etc/pam.d/${name}`;
  await mkdir(tallies);
  // It ends by itself, too, should this process be killed.
  const end = new Date(Date.now() + 48 * 3_600_000).toISOString().slice(0, 10);
  const closed = ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', '--expiredate', end];
  execFileSync('useradd', [...closed, name]);
  onTestFinished(async () => {
    for (const path of [service, python, tallies]) await rm(path, { recursive: true, force: true });
    execFileSync('userdel', [name]);
  });
  execFileSync('chpasswd', { input: `${name}:${password}\n` });
  await writeFile(python, `#!/bin/sh\nexec ${binFolder}/python "$@"\n`, { mode: 0o755 });
  const lock = `dir=${tallies} deny=${failuresThatLock} unlock_time=900`;
  await writeFile(
    service,
    [
      `auth requisite pam_faillock.so preauth ${lock}`,
      'auth [success=1 default=ignore] pam_unix.so',
      `auth [default=die] pam_faillock.so authfail ${lock}`,
      'auth required pam_permit.so',
      'account required pam_unix.so',
      '',
    ].join('\n'),
  );
  return {
    password,
    failures: () => {
      const told = execFileSync('faillock', ['--dir', tallies, '--user', name], { encoding: 'utf8' });
      return told.split('\n').filter((line) => /^\d{4}-\d\d-\d\d /.test(line)).length;
    },
  };
}
