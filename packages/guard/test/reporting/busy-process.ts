// An application under a healer that is no good; a process of its own, which must end by itself.
// `node busy-process.ts ADDRESS` prints as JSON what its calls met, the most memory that lay in buffers and the
// most connections that it had at once.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { attach, configureReporting } from '@prunella/guard';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';

configureReporting({
  service: 'busy',
  healer: process.argv[2] ?? '',
  heartbeatSickMs: 50,
  timeoutMs: 500,
  inTests: true,
});
let connections = 0;
let mostConnections = 0;
subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  mostConnections = Math.max(mostConnections, ++connections);
  socket.once('close', () => connections--);
});
const adapter = new StandInAdapter();
const guard = attach(adapter, {
  resource: 'stand-in/busy',
  reconnect: { baseMs: 60_000 },
  random: () => 0.5,
  breaker: { consecutive: 1_000_000 },
});
const outcomes = { ok: 0, failed: 0 };
let mostBufferBytes = 0;
const endsAt = performance.now() + 1_200;
// So many rounds on a slow machine, too.
for (let round = 0; round < 60 || performance.now() < endsAt; round++) {
  adapter.serves = round % 20 < 10 ? true : 'unreachable';
  const outcome = await guard.tryRun((handle) => handle.ask());
  outcomes[outcome.ok ? 'ok' : 'failed']++;
  mostBufferBytes = Math.max(mostBufferBytes, process.memoryUsage().arrayBuffers);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
adapter.serves = 'unreachable';
await guard.tryRun((handle) => handle.ask());
process.stdout.write(
  JSON.stringify({ outcomes, mostBufferBytes, mostConnections, condition: guard.condition }),
);
