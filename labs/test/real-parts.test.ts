import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  freePort,
  hasPostgresql,
  type LabService,
  LabServiceError,
  startPostgres,
  startRedis,
  startReqlite,
} from '../src/index.ts';
import { startService } from '../src/service.ts';

let folder: string;
let started: LabService[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-labs-'));
});

afterEach(async () => {
  await Promise.all(started.map((service) => service.stop()));
  started = [];
  await rm(folder, { recursive: true, force: true });
});

function keep<Service extends LabService>(service: Service): Service {
  started.push(service);
  return service;
}

async function query(connectionString: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function redisCommand(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(`${line}\r\n`));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

const engines = hasPostgresql() ? (['pglite', 'postgresql'] as const) : (['pglite'] as const);

describe.each(engines)('a PostgreSQL by %s', (engine) => {
  it('keeps its data and its port over a SIGKILL and a restart', { timeout: 60_000 }, async () => {
    const server = keep(await startPostgres({ folder, engine }));
    await query(server.connectionString, 'create table kept (id int); insert into kept values (7)');
    server.kill('SIGKILL');
    await server.exited();
    expect(server.running).toBe(false);
    await expect(query(server.connectionString, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await query(server.connectionString, 'select id from kept')).toEqual([{ id: 7 }]);
  });
});

it.skipIf(!hasPostgresql())('PostgreSQL ends without a word to clients that are leaving', async () => {
  const postgres = keep(await startPostgres({ folder, engine: 'postgresql' }));
  const errors: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    const pool = new pg.Pool({ connectionString: postgres.connectionString });
    pool.on('connect', (client) => client.on('error', (error) => errors.push(error)));
    await Promise.all(Array.from({ length: 10 }, () => pool.query('select 1')));
    await pool.end();
    await postgres.restart();
  }
  expect(errors).toEqual([]);
});

describe('a Redis', () => {
  it('keeps what was written over a stop and a restart', async () => {
    const server = keep(await startRedis({ folder }));
    expect(await redisCommand(server.port, 'SET kept 7')).toContain('OK');
    await server.restart();
    expect(await redisCommand(server.port, 'GET kept')).toContain('7');
  });

  it('is stopped even while SIGSTOP holds it', async () => {
    const server = keep(await startRedis({ folder }));
    server.kill('SIGSTOP');
    await server.stop();
    expect(server.running).toBe(false);
  });
});

describe('the stand-in for RethinkDB', () => {
  it('serves again on the same port after a SIGKILL', async () => {
    const server = keep(await startReqlite({ folder }));
    const pid = server.pid;
    server.kill();
    await server.exited();
    await server.restart();
    expect(server.pid).not.toBe(pid);
    await server.ready();
  });
});

describe('a part that cannot start', () => {
  const definition = { port: 1, serves: async () => false };

  it('says so with the end of its log', async () => {
    const command = { command: 'sh', args: ['-c', 'echo no room here >&2; exit 3'] };
    const start = startService({ ...definition, name: 'broken', folder, command });
    await expect(start).rejects.toThrow(/broken on 127.0.0.1:1 .* ended before it served[\s\S]*no room here/);
    await expect(start).rejects.toBeInstanceOf(LabServiceError);
  });

  it('says so where its program is missing', async () => {
    const command = { command: join(folder, 'no-such-program'), args: [] };
    const start = startService({ ...definition, name: 'missing', folder, command });
    await expect(start).rejects.toThrow(/missing .*no-such-program/);
  });
});

it('free ports lie outside the range of outgoing connections', async () => {
  expect(await freePort()).toBeLessThan(32_768);
});
