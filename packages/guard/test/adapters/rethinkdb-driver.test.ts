import { freePort, type LabService, startRethinkdb, waitFor } from '@prunella/labs';
import classic from 'rethinkdb';
import { r } from 'rethinkdb-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import { reqlRows } from '../../src/adapters/reql/rows.ts';
import { temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabService;

beforeAll(async () => {
  server = await startRethinkdb({ folder });
});
beforeEach(async () => {
  if (!server.running) await server.restart();
});
afterAll(() => server?.stop());

const where = () => ({ host: '127.0.0.1', port: server.port });

async function rowFor(failing: PromiseLike<unknown>): Promise<string | undefined> {
  const error: unknown = await failing.then(
    () => expect.unreachable('it was expected to fail'),
    (reason: unknown) => reason,
  );
  return findRow(reqlRows, factsWithin(error))?.name;
}

async function kill(): Promise<void> {
  server.kill('SIGKILL');
  await server.exited();
}

// On the stand-in where there is no real server: what the drivers themselves say is the same.
describe('what the RethinkDB drivers themselves say, provoked', () => {
  it('the classic driver: cut off in the middle of a query, then closed', async () => {
    const connection = await classic.connect(where());
    connection.on('error', () => {});
    server.kill('SIGSTOP');
    const running = rowFor(classic.expr(1).run(connection));
    await kill();
    expect(await running).toBe('cut-off');
    expect(await rowFor(classic.expr(1).run(connection))).toBe('closed');
  });

  it('rethinkdb-ts: cut off in the middle of a query, then closed', async () => {
    const connection = await r.connect(where());
    connection.on('error', () => {});
    server.kill('SIGSTOP');
    const running = rowFor(r.expr(1).run(connection));
    await kill();
    expect(await running).toBe('cut-off-ts');
    await waitFor(() => !connection.open, { what: 'the connection to notice' });
    expect(await rowFor(r.expr(1).run(connection))).toBe('closed-before');
  });

  it('rethinkdb-ts: nobody listens for a connection, or for its pool', async () => {
    const nobody = { host: '127.0.0.1', port: await freePort() };
    expect(await rowFor(r.connect(nobody))).toBe('connect-refused');
    const pool = { servers: [nobody], buffer: 1, max: 1, waitForHealthy: true };
    expect(await rowFor(r.connectPool(pool))).toBe('pool-never-connected');
    await r.getPoolMaster()?.drain();
  });

  it('a server that takes the connection and says nothing to rethinkdb-ts', async () => {
    server.kill('SIGSTOP');
    expect(await rowFor(r.connect({ ...where(), timeout: 1 }))).toBe('connect-timeout-ts');
    server.kill('SIGCONT');
  });

  it('a wrong use of either driver', async () => {
    expect(await rowFor(r.expr(1).run())).toBe('misuse');
    const noConnection = new Promise((resolve) => resolve(classic.expr(1).run({} as never)));
    expect(await rowFor(noConnection)).toBe('no-connection-given');
  });
});
