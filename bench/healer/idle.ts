import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { judged, type Row } from '../row.ts';
import { install } from './installation.ts';
import { MeasuredProcess, proportionalBytesOf } from './measured-process.ts';

const megabyte = 2 ** 20;
/** What a start leaves behind is given back by then, or not at all. */
const idleMs = 10_000;

/** What a healer with nothing to do holds, beside bare Node with SQLite open and a server listening. */
export async function measureIdle(program: string, prunella: string): Promise<Row[]> {
  const bare = await bytesOfBare(program);
  const few = await bytesOfHealer(prunella, 100);
  const many = await bytesOfHealer(prunella, 10_000);
  const peerName = 'bare Node with SQLite open and node:http listening';
  const row = (figure: string, bytes: number, bar: Row['bar']) =>
    judged({ figure, ours: bytes / megabyte, peer: bare / megabyte, peerName, bar, unit: 'MB' });
  return [
    row('idle with 100 resources (PSS)', few, {
      rule: 'at most',
      value: (1.5 * bare) / megabyte,
      from: '1.5 times the peer',
    }),
    row('idle with 10,000 resources (PSS)', many, { rule: 'below', value: 150, from: 'fixed' }),
  ];
}

async function bytesOfBare(program: string): Promise<number> {
  const installation = await install(0);
  const measured = new MeasuredProcess(program);
  try {
    await measured.ask({ do: 'be-bare', folder: installation.folder });
    await delay(idleMs);
    return await measured.proportionalBytes();
  } finally {
    await measured.end();
    await installation.remove();
  }
}

/** `prunella up`, as people run it. */
async function bytesOfHealer(prunella: string, resources: number): Promise<number> {
  const installation = await install(resources, {
    action: 'salt.service.restart, with: { service: bench }',
    // Nobody listens there, and nobody is asked before there is something to do.
    backends:
      "backends: { salt: { mode: api, url: 'http://127.0.0.1:9', username: healer, password: { environment: PATH }, watch: false } }",
  });
  const { folder, configurationFile } = installation;
  const healer = spawn(process.execPath, [prunella, 'up', '--json', '--config', configurationFile], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Its one line is long, with a warning for each node that no probe looks at.
  healer.stdout.resume();
  const exited = once(healer, 'exit');
  try {
    const ready = once(healer.stdout, 'data');
    const died = exited.then(() => {
      throw new Error('prunella up ended before it was ready');
    });
    await Promise.race([ready, died]);
    died.catch(() => {});
    await delay(idleMs);
    return await proportionalBytesOf(healer.pid ?? 0);
  } finally {
    healer.kill('SIGTERM');
    await exited;
    await installation.remove();
  }
}
