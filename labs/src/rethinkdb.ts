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

export interface RethinkdbMember extends LabService {
  /** Its `--server-name`. */
  readonly server: string;
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

/**
 * A cluster of real servers, each in a folder of its own below the given one; needs `rethinkdb` on the PATH. Whoever
 * starts it stops each member.
 */
export async function startRethinkdbCluster(
  folder: string,
  servers: readonly string[],
): Promise<readonly RethinkdbMember[]> {
  const binary = findBinary('rethinkdb');
  if (binary === null) throw new Error('a cluster needs a real `rethinkdb` on the PATH');
  const members: RethinkdbMember[] = [];
  const clusterPorts: number[] = [];
  try {
    for (const server of servers) {
      const clusterPort = await freePort();
      const joins = clusterPorts.flatMap((port) => ['--join', `127.0.0.1:${port}`]);
      const options = { folder: join(folder, server) };
      const service = await startRealRethinkdb(binary, options, clusterPort, [
        '--server-name',
        server,
        ...joins,
      ]);
      members.push(Object.assign(service, { server }));
      clusterPorts.push(clusterPort);
    }
  } catch (error) {
    await Promise.all(members.map((member) => member.stop()));
    throw error;
  }
  return members;
}

async function startRealRethinkdb(
  binary: string,
  options: RethinkdbOptions,
  givenClusterPort?: number,
  more: readonly string[] = [],
): Promise<LabService> {
  const folder = resolve(options.folder);
  const port = options.port ?? (await freePort());
  const clusterPort = givenClusterPort ?? (await freePort());
  const where = ['--driver-port', String(port), '--cluster-port', String(clusterPort), ...more];
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
