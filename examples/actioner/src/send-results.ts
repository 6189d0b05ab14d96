import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Push } from 'zeromq';
import type { MonitorResult, Status } from './model.ts';
import { wholeNumber } from './options.ts';

const help = `usage: node src/send-results.ts --bind ADDRESS [options]

  --bind ADDRESS   where actioners connect, such as tcp://127.0.0.1:5557; with several, each gets
                   all results of its own monitors
  --rate N         results a second (20)
  --count N        end after so many; without it, at Ctrl-C
  --monitors N     for web-1 to web-N in turn (4)
  --status STATUS  failed (default) or healthy
  --json           tell each result that was sent as JSON, one line each
`;

/** Results taken over by the socket but not yet by an actioner; while so many wait, nothing more is sent. */
const resultsAhead = 1_000;

interface SendOptions {
  readonly addresses: readonly string[];
  readonly perSecond: number;
  readonly count: number;
  readonly monitors: number;
  readonly status: Status;
}

async function sendResults(
  options: SendOptions,
  stopping: AbortSignal,
  onSent: (result: MonitorResult) => void,
): Promise<number> {
  const sockets = await Promise.all(options.addresses.map(bind));
  const close = () => {
    for (const socket of sockets) socket.close();
  };
  // A send that waits for an actioner ends by it.
  stopping.addEventListener('abort', close, { once: true });
  const intervalMs = 1_000 / options.perSecond;
  const startedAt = performance.now();
  let sent = 0;
  while (sent < options.count && !stopping.aborted) {
    const monitor = sent % options.monitors;
    const result = { id: randomUUID(), cid: `web-${monitor + 1}`, status: options.status, at: Date.now() };
    try {
      await sockets[monitor % sockets.length]?.send(JSON.stringify(result));
    } catch (error) {
      if (stopping.aborted) break;
      throw error;
    }
    sent += 1;
    onSent(result);
    const dueInMs = startedAt + sent * intervalMs - performance.now();
    if (dueInMs > 0) await delay(dueInMs, undefined, { signal: stopping }).catch(() => {});
  }
  close();
  return sent;
}

async function bind(address: string): Promise<Push> {
  const socket = new Push({ sendHighWaterMark: resultsAhead, linger: 10_000 });
  await socket.bind(address);
  return socket;
}

function readSendOptions(): (SendOptions & { json: boolean }) | null {
  const { values } = parseArgs({
    options: {
      bind: { type: 'string', multiple: true },
      rate: { type: 'string', default: '20' },
      count: { type: 'string' },
      monitors: { type: 'string', default: '4' },
      status: { type: 'string', default: 'failed' },
      json: { type: 'boolean', default: false },
    },
  });
  const { bind: addresses = [], status, json } = values;
  if (addresses.length === 0 || (status !== 'failed' && status !== 'healthy')) return null;
  return {
    addresses,
    status,
    json,
    perSecond: wholeNumber('--rate', values.rate),
    count: values.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--count', values.count),
    monitors: wholeNumber('--monitors', values.monitors),
  };
}

const options = readSendOptions();
if (options === null) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const sent = await sendResults(options, stopping.signal, ({ id, cid }) => {
    if (options.json) tell({ type: 'sent', id, cid });
  });
  if (options.json) tell({ type: 'done', sent });
  else process.stdout.write(`sent ${sent} results\n`);
}
