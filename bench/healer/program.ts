/** The process that is measured: `orders.ts` says what it can be told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { grantedToken } from './granted-token.ts';
import { notingBackend } from './noting-backend.ts';
import type { Order } from './orders.ts';

const calls: Record<string, string> = {};
let end = async () => {};

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'heal':
      return heal(order.configurationFile);
    case 'be-bare':
      return beBare(order.folder);
    case 'count-processor-time': {
      const { user, system } = process.threadCpuUsage();
      return { microseconds: user + system };
    }
    case 'count-memory': {
      globalThis.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      return { residentBytes: rss, heapBytes: heapUsed };
    }
    case 'tell-calls':
      return calls;
    case 'commit':
      return commit(order.times, order.folder);
    case 'end':
      await end();
      return {};
  }
}

async function heal(configurationFile: string) {
  // Only here: the process that stays bare must not carry it.
  const { startHealer } = await import('prunella');
  const healer = await startHealer({
    configurationFile,
    whenHeld: 'refuse',
    backends: [
      notingBackend((resource) => {
        calls[resource] = String(process.hrtime.bigint());
      }),
    ],
  });
  end = () => healer.stop();
  return { address: healer.address, token: await grantedToken(healer.socket) };
}

async function beBare(folder: string) {
  const database = openDatabase(folder);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { reports } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { reports: unknown[] };
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ accepted: reports.length, refused: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  end = async () => {
    server.closeAllConnections();
    server.close();
    database.close();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function openDatabase(folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, event TEXT)');
  return database;
}

function commit(times: number, folder: string) {
  const database = openDatabase(folder);
  const insert = database.prepare('INSERT INTO events (event) VALUES (?)');
  const event = 'x'.repeat(1_000);
  const ms: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const begun = performance.now();
    insert.run(event);
    ms.push(performance.now() - begun);
  }
  database.close();
  return { ms };
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
