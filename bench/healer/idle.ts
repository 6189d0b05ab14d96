import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { judged, type Row } from '../row.ts';
import { install } from './installation.ts';
import { MeasuredProcess, type Programs, proportionalBytesOf } from './measured-process.ts';

const megabyte = 2 ** 20;
/** What a start leaves behind is given back by then, or not at all. */
const idleMs = 10_000;

interface Idle {
  readonly rows: readonly Row[];
  readonly remark: string;
}

/** What a healer with nothing to do holds, beside bare Node with SQLite open, without and with a server listening. */
export async function measureIdle({ program, prunella, sqliteAlone }: Programs): Promise<Idle> {
  const alone = await bytesOfSqliteAlone(sqliteAlone);
  const bare = await bytesOfBare(program);
  const few = await bytesOfHealer(prunella, 100);
  const many = await bytesOfHealer(prunella, 10_000);
  const listening = { bytes: bare, name: 'bare Node with SQLite open and node:http listening' };
  const row = (figure: string, bytes: number, bar: Row['bar'], peer = listening) =>
    judged({
      figure,
      ours: bytes / megabyte,
      peer: peer.bytes / megabyte,
      peerName: peer.name,
      bar,
      unit: 'MB',
    });
  const oneAndAHalf = (bytes: number) =>
    ({ rule: 'at most', value: (1.5 * bytes) / megabyte, from: '1.5 times the peer' }) as const;
  const withoutHttp = { bytes: alone, name: 'bare Node with SQLite open' };
  return {
    rows: [
      row('idle with 100 resources (PSS), beside SQLite alone', few, oneAndAHalf(alone), withoutHttp),
      row('idle with 100 resources (PSS)', few, oneAndAHalf(bare)),
      row('idle with 10,000 resources (PSS)', many, { rule: 'below', value: 150, from: 'fixed' }),
    ],
    remark: `SQLite alone has no server, which a healer must have: node:http loaded and listening alone takes ${(bare / alone).toFixed(1)} times as much.`,
  };
}

async function bytesOfSqliteAlone(program: string): Promise<number> {
  const installation = await install(0);
  const flags = ['--disable-warning=ExperimentalWarning'];
  const alone = spawn(process.execPath, [...flags, program, installation.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    return await bytesOnceReady(alone, 'the process with SQLite alone');
  } finally {
    await ended(alone);
    await installation.remove();
  }
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
  try {
    return await bytesOnceReady(healer, 'prunella up');
  } finally {
    await ended(healer);
    await installation.remove();
  }
}

/** From its first word on it is idle. */
async function bytesOnceReady(
  child: ChildProcessByStdio<null, Readable, null>,
  name: string,
): Promise<number> {
  // A healer's one line is long, with a warning for each node that no probe looks at.
  child.stdout.resume();
  const died = once(child, 'exit').then(() => {
    throw new Error(`${name} ended before it was ready`);
  });
  died.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), died]);
  await delay(idleMs);
  return proportionalBytesOf(child.pid ?? 0);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
