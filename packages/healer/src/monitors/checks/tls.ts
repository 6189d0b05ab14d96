import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { breakAt, ProbeFailure, probeFrom } from '../../probes/failure.ts';
import type { Check } from '../check.ts';
import type { MonitorOf } from '../configuration.ts';
import { outcomeOf } from './probe.ts';

const dayMs = 86_400_000;
/** Of the words that OpenSSL and Node have for what is wrong with a chain, those that do not speak for themselves. */
const meanings: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known, or was not sent along',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known, or was not sent along',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority above it is not known here (`caFile` names one)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself (`caFile` can name it)',
  CERT_NOT_YET_VALID: 'it is not valid yet',
};
/** A chain has three or four; a server that sends more is not followed further. */
const longestChain = 10;

/** Passes where the chain is trusted, the name is right, and every certificate of it lasts long enough. */
export function tlsCheck(monitor: MonitorOf<'tls'>, now: () => number = Date.now): Check {
  const probe = probeFrom('tls', async (signal) => {
    const ca = monitor.caFile === undefined ? undefined : await readAuthorities(monitor.caFile);
    return withTls(monitor, ca, signal, (socket) => judge(socket, monitor, now()));
  });
  return { run: async (signal) => outcomeOf(await probe.run(signal)) };
}

async function readAuthorities(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ProbeFailure('caller', `the authorities' file ${file} cannot be read (${code})`);
  });
}

async function withTls(
  { host, port, servername = host }: MonitorOf<'tls'>,
  ca: string | undefined,
  signal: AbortSignal,
  look: (socket: TLSSocket) => string,
): Promise<string> {
  const socket = connect({
    host,
    port,
    // Names only: an address cannot be asked for, and is looked for in the certificate all the same.
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(ca === undefined ? {} : { ca }),
    // What is wrong with the chain shall be said with what is in it.
    rejectUnauthorized: false,
  });
  const { broken, fail, release } = breakAt(signal, () => new ProbeFailure('timeout', 'no TLS handshake'));
  socket.on('error', fail);
  socket.on('close', () => fail(new ProbeFailure('unreachable', 'the server closed the connection')));
  try {
    const ready = new Promise<void>((resolve) => socket.once('secureConnect', resolve));
    await Promise.race([broken, ready]);
    return look(socket);
  } finally {
    release();
    socket.destroy();
  }
}

function judge(socket: TLSSocket, { daysLeft }: MonitorOf<'tls'>, now: number): string {
  const chain = chainOf(socket.getPeerCertificate(true));
  const [leaf] = chain;
  if (leaf === undefined) throw new ProbeFailure('unknown', 'the server showed no certificate');
  const soonest = chain.reduce((one, other) => (endOf(other) < endOf(one) ? other : one));
  const days = Math.floor((endOf(soonest) - now) / dayMs);
  const until = `${nameOf(soonest)} is valid until ${new Date(endOf(soonest)).toISOString().slice(0, 10)}`;
  if (endOf(soonest) <= now)
    throw new ProbeFailure('unknown', `the certificate of ${nameOf(soonest)} has expired: ${until}`);
  if (!socket.authorized) {
    const why = String(socket.authorizationError);
    throw new ProbeFailure(
      'unknown',
      `the certificate of ${nameOf(leaf)} is not trusted: ${meanings[why] ?? why}`,
    );
  }
  if (days < daysLeft) throw new ProbeFailure('unknown', `${days} days left, expected ${daysLeft}: ${until}`);
  return `${days} days left, ${until}, seen`;
}

function chainOf(leaf: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.valid_to !== undefined && chain.length < longestChain && !chain.includes(next)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function endOf({ valid_to: until }: DetailedPeerCertificate): number {
  return Date.parse(until);
}

function nameOf({ subject, subjectaltname }: DetailedPeerCertificate): string {
  const named: unknown = subject?.CN ?? subjectaltname;
  return String(Array.isArray(named) ? named[0] : (named ?? 'no name')).slice(0, 100);
}
