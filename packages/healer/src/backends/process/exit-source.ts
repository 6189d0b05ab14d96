import { setTimeout as delay } from 'node:timers/promises';
import type { Signal } from '@prunella/core';
import type { SignalReceipt, Source } from '../../sources/source.ts';
import { describeEnd } from './describe-end.ts';
import { sendJsonLine } from './lines.ts';
import type { ExitAcknowledgement, ExitRecord } from './messages.ts';
import type { RunnerClient } from './runner-client.ts';

/** Between two tries to reach a runner that went away. */
const retryMs = 1_000;

export interface WatchedService {
  readonly client: RunnerClient;
  readonly resource: string;
  readonly node: string | null;
}

/**
 * Every end of a service that nobody ordered, as a signal of type `process.exit`. A runner keeps an exit until
 * the signal is on the healer's disk, so one that happened while the healer was down is told later: `firing`
 * if the service is still gone, `resolved` if it runs again.
 */
export function createExitSource(
  services: readonly WatchedService[],
  onProblem: (text: string) => void,
): Source {
  const stopping = new AbortController();
  let watching: readonly Promise<void>[] = [];
  return {
    name: 'process',
    start: async (accept) => {
      watching = services.map((service) => watchForever(service, accept, onProblem, stopping.signal));
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(watching);
    },
  };
}

async function watchForever(
  service: WatchedService,
  accept: (signal: Signal) => Promise<SignalReceipt>,
  onProblem: (text: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await service.client.ensure();
      await watchOnce(service, accept, onProblem, stopping);
    } catch (error) {
      onProblem(`exits of ${service.client.service} are not seen now: ${String(error)}`);
    }
    await delay(retryMs, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
}

async function watchOnce(
  service: WatchedService,
  accept: (signal: Signal) => Promise<SignalReceipt>,
  onProblem: (text: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  await service.client.ask(
    { type: 'watch' },
    (answer, socket) => {
      if (answer.type !== 'exit') return;
      const { exit } = answer;
      accept(toSignal(exit, service, answer.runningAgain))
        .then((receipt) => {
          if (!receipt.accepted && receipt.later !== undefined) throw new Error(receipt.reason);
          if (!receipt.accepted) onProblem(`the exit of ${exit.service} was not taken: ${receipt.reason}`);
          const onDisk: ExitAcknowledgement = { type: 'acknowledge', exit: exit.exit };
          sendJsonLine(socket, onDisk);
        })
        .catch((error: unknown) => {
          // Not on disk: the connection is made anew, and the runner tells it again.
          onProblem(`the exit of ${exit.service} could not be written down: ${String(error)}`);
          socket.destroy();
        });
    },
    stopping,
  );
}

function toSignal(exit: ExitRecord, service: WatchedService, runningAgain: boolean): Signal {
  const seconds = (exit.ranMs / 1_000).toFixed(1);
  const held = typeof exit.maintenance === 'string' ? `; it is in maintenance now: ${exit.maintenance}` : '';
  return {
    id: exit.exit,
    source: 'process',
    type: 'process.exit',
    resource: service.resource,
    ...(service.node === null ? {} : { node: service.node }),
    status: runningAgain ? 'resolved' : 'firing',
    summary: `${describeEnd(exit.service, exit)} after ${seconds} s (pid ${exit.pid})${held}`,
    data: {
      service: exit.service,
      pid: exit.pid,
      exitCode: exit.exitCode,
      signal: exit.signal,
      at: exit.at,
      ranMs: exit.ranMs,
      logTail: exit.logTail,
      failures: exit.failures ?? null,
      maintenance: exit.maintenance ?? null,
    },
  };
}
