import { connect as openSocket, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Adapter, attach, configureReporting, type Guard, sayGoodbye } from '@prunella/guard';
import type { FleetFigures, FleetOrder } from './fleet.ts';

/**
 * One process of the fleet: many guards, each around a socket of its own to the same server. It does what its
 * parent asks, one order at a time, and answers with figures.
 */
interface Line {
  ask(): Promise<void>;
}

/** A line to the server: one byte there, one byte back. */
class Wire implements Line {
  readonly #port: number;
  #socket: Socket | null = null;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = openSocket(this.#port, '127.0.0.1');
      socket.on('connect', () => {
        this.#socket = socket;
        resolve();
      });
      socket.on('data', (data) => {
        for (let byte = 0; byte < data.length; byte++) this.#waiting.shift()?.resolve();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        if (this.#socket === socket) this.#socket = null;
        for (const { reject: fail } of this.#waiting.splice(0)) fail(new Error('the connection was lost'));
      });
    });
  }

  ask(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return Promise.reject(new Error('not connected'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      socket.write('?');
    });
  }

  close(): void {
    this.#socket?.destroy();
  }
}

function adapterOf(wire: Wire): Adapter<Line> {
  return {
    driver: 'wire',
    lease: () => ({ handle: wire, abandon() {}, waitsForOwnPool: () => false, end() {} }),
    classify: () => ({ kind: 'unreachable', outcomeUnknown: true, evict: false }),
    ping: () => wire.ask(),
    reconnect: () => wire.open(),
  };
}

const wires: Wire[] = [];
const guards: Guard<Line>[] = [];

async function obey(order: FleetOrder): Promise<FleetFigures> {
  if (order.do === 'open') {
    for (let count = 0; count < order.guards; count++) wires.push(new Wire(order.port));
    for (let first = 0; first < wires.length; first += 100) {
      await Promise.all(wires.slice(first, first + 100).map((wire) => wire.open()));
    }
    const before = heapBytes();
    configureReporting({ service: 'bench', healer: order.healer, token: 'bench' });
    for (const wire of wires) guards.push(attach(adapterOf(wire), { resource: 'tcp/fleet' }));
    await callAll();
    return { ...figures(), bytes: heapBytes() - before };
  }
  if (order.do === 'stay') {
    const begunAt = process.cpuUsage();
    await delay(order.ms);
    return figures(begunAt);
  }
  if (order.do === 'call') {
    const begunAt = process.cpuUsage();
    await callAll();
    return figures(begunAt);
  }
  if (order.do === 'end') {
    await Promise.all(guards.map((guard) => guard.detach()));
    await sayGoodbye();
    for (const wire of wires) wire.close();
  }
  return figures();
}

async function callAll(): Promise<void> {
  await Promise.all(guards.map((guard) => guard.tryRun((line) => line.ask())));
}

function figures(begunAt?: NodeJS.CpuUsage): FleetFigures {
  const { user, system } = begunAt === undefined ? { user: 0, system: 0 } : process.cpuUsage(begunAt);
  const ok = guards.filter(({ condition }) => condition === 'ok').length;
  const down = guards.filter(({ condition }) => condition === 'down').length;
  return { ok, down, bytes: 0, cpuMs: (user + system) / 1_000 };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

process.on('message', (order: FleetOrder) => {
  void obey(order).then((answer) => {
    process.send?.(answer);
    if (order.do === 'end') process.disconnect();
  });
});
