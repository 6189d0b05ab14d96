import { connect } from 'node:net';
import { resolve } from 'node:path';
import { ensureDebianPackage } from './debian-package.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './ports.ts';
import { type LabService, startService } from './service.ts';

export interface RedisOptions {
  /** Holds the append-only file and the log; made where it is missing. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
}

export interface LabRedis extends LabService {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
}

/** The path of `redis-server`, or null where the machine has none. */
export function findRedis(): string | null {
  return findBinary('redis-server');
}

/**
 * The path of `redis-server`; installs Debian's package where there is none and root and apt-get are at hand,
 * without starting the package's own service. Null where it cannot be had; the last progress line says why.
 */
export async function ensureRedis(onProgress: (line: string) => void = () => {}): Promise<string | null> {
  return findRedis() ?? ((await ensureDebianPackage('redis-server', onProgress)) ? findRedis() : null);
}

/** A real Redis, with every write on disk within a second. */
export async function startRedis(options: RedisOptions): Promise<LabRedis> {
  const binary = findRedis();
  if (binary === null) {
    throw new Error(
      'there is no redis-server on the PATH: install the package `redis-server`, or call ensureRedis first',
    );
  }
  const folder = resolve(options.folder);
  const port = options.port ?? (await freePort());
  const settings = ['--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
  const service = await startService({
    name: 'redis',
    folder,
    port,
    command: { command: binary, args: ['--port', String(port), ...settings] },
    serves: () => answersPing(port),
  });
  return Object.assign(service, { url: `redis://127.0.0.1:${port}` });
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolvePing) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolvePing(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString('latin1').startsWith('+PONG')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
