import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinary } from './find-binary.ts';
import { freePort } from './ports.ts';
import { type LabService, startService } from './service.ts';

export interface RethinkdbOptions {
  /** Holds the log (and a real server's data); made where it is missing. */
  readonly folder: string;
  /** The driver port. Default: a free one. */
  readonly port?: number;
}

/** A real `rethinkdb` where one is on the PATH, else the stand-in; `name` says which. */
export function startRethinkdb(options: RethinkdbOptions): Promise<LabService> {
  const binary = findBinary('rethinkdb');
  return binary === null ? startReqlite(options) : startRealRethinkdb(binary, options);
}

/**
 * reqlite, a stand-in that speaks RethinkDB's driver protocol. In memory: a restart forgets all, databases
 * and tables too. No cluster, and no system tables worth the name.
 */
export async function startReqlite(options: RethinkdbOptions): Promise<LabService> {
  const folder = resolve(options.folder);
  const port = options.port ?? (await freePort());
  const main = fileURLToPath(new URL('./reqlite-main.cjs', import.meta.url));
  return startService({
    name: 'reqlite',
    folder,
    port,
    command: { command: process.execPath, args: [main, String(port)] },
    serves: () => takesConnections(port),
  });
}

async function startRealRethinkdb(binary: string, options: RethinkdbOptions): Promise<LabService> {
  const folder = resolve(options.folder);
  const port = options.port ?? (await freePort());
  const clusterPort = await freePort();
  const where = ['--driver-port', String(port), '--cluster-port', String(clusterPort)];
  const settings = ['--bind', '127.0.0.1', '--no-http-admin', '--no-update-check'];
  return startService({
    name: 'rethinkdb',
    folder,
    port,
    command: { command: binary, args: ['--directory', join(folder, 'data'), ...where, ...settings] },
    serves: () => takesConnections(port),
  });
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolveTaken) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolveTaken(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
