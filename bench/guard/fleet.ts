import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { judged, type Row } from '../row.ts';

/** What the parent asks of a process of the fleet. */
export type FleetOrder =
  | { readonly do: 'open'; readonly guards: number; readonly port: number; readonly healer: string }
  /** Do nothing but what guards do by themselves. */
  | { readonly do: 'stay'; readonly ms: number }
  /** One call of each guard. */
  | { readonly do: 'call' }
  | { readonly do: 'end' };

export interface FleetFigures {
  readonly ok: number;
  readonly down: number;
  /** Of the heap, by which attaching the guards made it grow. */
  readonly bytes: number;
  /** Of the whole process, while it obeyed. */
  readonly cpuMs: number;
}

const processes = 4;
const quietMs = 10_000;
const outageMs = 10_000;
const recoveryMostMs = 120_000;

/** Many guards in several processes, one server that goes and comes back, one healer that is told. */
export async function measureFleet(guards: number): Promise<{ rows: Row[]; condition: string }> {
  const healer = await startHealer();
  let server = await startServer(0);
  const { port } = server;
  const fleet = Array.from({ length: processes }, () =>
    fork(fileURLToPath(new URL('./fleet-process.ts', import.meta.url)), { execArgv: process.execArgv }),
  );
  try {
    const all = (order: FleetOrder) => Promise.all(fleet.map((one) => ask(one, order)));
    const share = guards / processes;
    const opened = await all({ do: 'open', guards: share, port, healer: healer.address });
    if (sum(opened, 'ok') !== guards) throw new Error(`only ${sum(opened, 'ok')} of ${guards} guards are ok`);
    const quiet = await all({ do: 'stay', ms: quietMs });
    await server.stop();
    const lost = [];
    for (let count = 0; count < 12; count++) lost.push(await all({ do: 'call' }));
    const down = sum(lost.at(-1) ?? [], 'down');
    const outage = await all({ do: 'stay', ms: outageMs });
    server = await startServer(port);
    const backAt = performance.now();
    let well = 0;
    while (well < guards && performance.now() < backAt + recoveryMostMs) {
      well = sum(await all({ do: 'stay', ms: 250 }), 'ok');
    }
    const recoveredMs = performance.now() - backAt;
    const reports = healer.reports();
    await all({ do: 'end' });
    const row = (figure: string, ours: number, unit: string) =>
      judged({ figure: `fleet: ${figure}`, ours, peer: null, peerName: 'none', bar: null, unit });
    return {
      rows: [
        row('heap of a guard', sum(opened, 'bytes') / guards / 1_000, 'KB'),
        row('processor time of a guard, all well', (1e6 * sum(quiet, 'cpuMs')) / guards / quietMs, 'µs/s'),
        row(
          'processor time of a guard, in the outage',
          (1e6 * sum(outage, 'cpuMs')) / guards / outageMs,
          'µs/s',
        ),
        row('guards that were down in the outage', down, 'guards'),
        row('guards that were ok after it', well, 'guards'),
        row('from the server’s return to the last guard ok', recoveredMs / 1_000, 's'),
        row('reports in all', reports, 'reports'),
      ],
      condition:
        `Fleet: ${guards} guards in ${processes} processes, each around a TCP socket of its own to one server, which` +
        ` was closed for about ${outageMs / 1_000} s with all its connections; one healer, a stand-in that takes` +
        ' reports by HTTP and hands out no directives. Processor time is that of whole processes, sockets included.',
    };
  } finally {
    for (const one of fleet) one.kill('SIGKILL');
    await server.stop();
    healer.stop();
  }
}

function sum(figures: readonly FleetFigures[], name: keyof FleetFigures): number {
  return figures.reduce((total, each) => total + each[name], 0);
}

async function ask(child: ChildProcess, order: FleetOrder): Promise<FleetFigures> {
  const answered = once(child, 'message');
  child.send(order);
  const [figures] = await answered;
  return figures;
}

interface FleetServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers each byte with a byte. */
async function startServer(port: number): Promise<FleetServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (data) => socket.write(data));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen({ port, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function startHealer() {
  let reports = 0;
  const server: HttpServer = createHttpServer((request, response) => {
    if (request.method !== 'POST') return;
    request.resume();
    request.on('end', () => {
      reports += 1;
      response.statusCode = 202;
      response.end('{"accepted":1,"refused":[]}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reports: () => reports,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
