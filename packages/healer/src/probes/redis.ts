import type { FaultKind } from '@prunella/protocol';
import { ProbeFailure, probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';
import { converse, type Wire } from './wire.ts';

export interface RedisProbeConfiguration {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: boolean;
}

/** The first word of an error reply, as Redis defines it, and what it means. */
const kindByReply: Readonly<Record<string, FaultKind>> = {
  LOADING: 'starting',
  MASTERDOWN: 'not-primary',
  CLUSTERDOWN: 'unreachable',
  BUSY: 'overloaded',
  NOAUTH: 'auth',
  WRONGPASS: 'auth',
  NOPERM: 'auth',
};

/**
 * Passes where PING is answered with PONG. Speaks RESP itself: a driver would queue, retry and reconnect, and
 * a probe wants to know about this one moment.
 */
export function redisProbe(configuration: RedisProbeConfiguration): Probe {
  return probeFrom('redis', (signal) =>
    converse(configuration, signal, async (wire) => {
      if (configuration.password !== undefined) {
        const user = configuration.username === undefined ? [] : [configuration.username];
        await ask(wire, ['AUTH', ...user, configuration.password], 'OK');
      }
      await ask(wire, ['PING'], 'PONG');
      return 'answered PONG';
    }),
  );
}

async function ask(wire: Wire, words: readonly string[], expected: string): Promise<void> {
  const encoded = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
  wire.write(`*${words.length}\r\n${encoded}`);
  const line = await wire.read((received) => {
    const end = received.indexOf('\r\n');
    return end < 0 ? -1 : end + 2;
  });
  const reply = line.toString('utf8').trimEnd();
  if (reply === `+${expected}`) return;
  if (reply.startsWith('-')) {
    const text = reply.slice(1);
    throw new ProbeFailure(kindByReply[text.split(' ', 1)[0] ?? ''] ?? 'unknown', text);
  }
  throw new ProbeFailure('unknown', `no Redis answers here: got ${JSON.stringify(reply.slice(0, 60))}`);
}
