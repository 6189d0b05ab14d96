import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';
import { runCommand } from '../commands/run-command.ts';
import { afterwards } from '../healer/workshop.ts';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
/** Opens on an alert and asks a person; nothing of it can be repaired here. */
export const playbook = `
playbook: alerts
for: http/*
open: { confirm: none, signals: [alert], graceAfterStart: 0s }
ladder:
  - action: process.restart
    target: shop
    autonomy: ask
    after: 0s
`;

export const alert = {
  id: 'a1',
  source: 'test',
  type: 'alert',
  resource: 'http/shop',
  status: 'firing',
  summary: 'the shop answers 500',
};

/** `prunella up` in a folder, with these variables: a process of its own. */
export async function up(folder: string, secrets: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--conditions=prunella-source', bin, 'up', '--json'], {
    cwd: folder,
    env: { PATH, NO_COLOR: '1', ...secrets },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  afterwards(async () => {
    child.kill('SIGKILL');
    await ended;
    // Its services outlive it.
    await stopProcessServices(join(folder, 'prunella-data', 'process'));
  });
  const [line] = await once(child.stdout, 'data');
  const facts = JSON.parse(String(line));
  const token = readFileSync(facts.tokens.operator, 'utf8').trim();
  const call = (method: string, path: string, body: unknown = {}) =>
    fetch(`${facts.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
  const cli = (...words: readonly string[]) =>
    runCommand([...words, '--healer', facts.address], {
      environment: { PRUNELLA_TOKEN: token, NO_COLOR: '1' },
      workingDirectory: folder,
    });
  return { child, ended, call, cli, address: String(facts.address) };
}
