import { createServer, type Server, type Socket } from 'node:net';
import { onJsonLines, sendJsonLine } from '../lines.ts';
import {
  type ExitRecord,
  isRecord,
  type RunnerAnswer,
  type RunnerRequest,
  runnerProtocol,
} from '../messages.ts';
import type { Orders } from './orders.ts';
import { readRequest } from './read-request.ts';
import type { Records } from './records.ts';
import type { ServiceProcess } from './service-process.ts';

export interface RunnerServerOptions {
  readonly records: Records;
  readonly orders: Orders;
  readonly service: ServiceProcess;
  readonly shutdown: (stopService: boolean) => Promise<void>;
}

export interface RunnerServer {
  readonly server: Server;
  tellExit(exit: ExitRecord): void;
}

/** Answers the healer, one request a connection. Whoever may open the socket is obeyed: its folder is private. */
export function createRunnerServer(options: RunnerServerOptions): RunnerServer {
  const watchers = new Set<Socket>();
  const server = createServer((socket) => {
    let asked = false;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => watchers.delete(socket));
    onJsonLines(socket, (value) => {
      if (watchers.has(socket)) {
        if (isRecord(value) && typeof value['exit'] === 'string') options.records.acknowledge(value['exit']);
        return;
      }
      if (asked) return;
      asked = true;
      const request = readRequest(value);
      if (request === null) {
        const message = `the request is not one of protocol ${runnerProtocol}; the healer and this runner are of different releases: stop the service's runner and let the healer start a new one`;
        answer(socket, { type: 'error', message });
      } else {
        handle(request, socket, options, watchers).catch((error: unknown) => {
          // Such as a full disk: one request fails, and the service keeps its runner.
          answer(socket, { type: 'error', message: `the runner could not do it: ${String(error)}` });
        });
      }
    });
  });
  return {
    server,
    tellExit: (exit) => {
      for (const watcher of watchers) sendJsonLine(watcher, exitAnswer(exit, options.service));
    },
  };
}

async function handle(
  request: RunnerRequest,
  socket: Socket,
  options: RunnerServerOptions,
  watchers: Set<Socket>,
): Promise<void> {
  const { records, orders, service } = options;
  switch (request.type) {
    case 'status':
      answer(socket, { type: 'status', status: service.status() });
      return;
    case 'order': {
      const taken = () => sendJsonLine(socket, { type: 'taken' } satisfies RunnerAnswer);
      answer(socket, { type: 'ended', result: await orders.perform(request.order, taken) });
      return;
    }
    case 'find':
      await answerFind(request, socket, records, orders);
      return;
    case 'clear':
      answer(socket, { type: 'ended', result: await orders.inTurn(() => service.clear()) });
      return;
    case 'watch':
      watchers.add(socket);
      for (const exit of records.exits()) sendJsonLine(socket, exitAnswer(exit, service));
      return;
    case 'shutdown':
      await options.shutdown(request.stopService);
      socket.end(`${JSON.stringify({ type: 'done' } satisfies RunnerAnswer)}\n`, () => process.exit(0));
      return;
    default:
      request satisfies never;
  }
}

async function answerFind(
  request: Extract<RunnerRequest, { type: 'find' }>,
  socket: Socket,
  records: Records,
  orders: Orders,
): Promise<void> {
  const { attempt, fence } = request;
  const running = orders.running(attempt);
  if (running !== null) {
    sendJsonLine(socket, { type: 'taken' } satisfies RunnerAnswer);
    answer(socket, { type: 'ended', result: await running });
    return;
  }
  const known = records.attempt(attempt);
  if (known?.state === 'ended') {
    answer(socket, { type: 'ended', result: known.result });
    return;
  }
  if (known !== null) {
    // Taken, and its end could not be written down: it is all but never sent.
    const detail = 'the runner could not write down how it ended';
    answer(socket, { type: 'ended', result: { outcome: 'unknown', detail } });
    return;
  }
  const earlierOrders = records.hasFenceBefore(fence);
  records.void(attempt, fence);
  answer(socket, { type: 'not-found', recordsSince: records.since, earlierOrders });
}

function exitAnswer(exit: ExitRecord, service: ServiceProcess): RunnerAnswer {
  return { type: 'exit', exit, runningAgain: service.alivePid() !== null };
}

function answer(socket: Socket, message: RunnerAnswer): void {
  if (socket.writable) socket.end(`${JSON.stringify(message)}\n`);
}
