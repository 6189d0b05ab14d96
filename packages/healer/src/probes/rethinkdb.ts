import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ProbeFailure, probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';
import { converse, type Wire } from './wire.ts';

export interface RethinkdbProbeConfiguration {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls?: boolean;
}

/** What a server says, in the handshake and after: any of these names may be there, with any value. */
type Answer = {
  readonly [Name in
    | 'success'
    | 'error'
    | 'error_code'
    | 'authentication'
    | 'server_version'
    | 't'
    | 'r']?: unknown;
};

const derive = promisify(pbkdf2);

/** The handshake's magic number of version V1_0, sent with its lowest byte first. */
const magicV1 = 0x34c2bdc3;

/** START of the term DB_LIST: the cheapest query that needs the cluster's metadata. */
const listDatabases = '[1,[59,[]],{}]';

/** Response type SUCCESS_ATOM. */
const successAtom = 1;

/** The most rounds of key derivation that a server may ask for; RethinkDB itself uses 4,096 at most. */
const longestDerivation = 1_000_000;

/**
 * Passes where the server lets the user in and answers a query. Speaks the protocol itself (V1_0 handshake
 * with SCRAM-SHA-256, RFC 5802, then one query), since both drivers leave things behind: the one throws a late
 * timeout past every handler, the other goes on reconnecting.
 */
export function rethinkdbProbe(configuration: RethinkdbProbeConfiguration): Probe {
  return probeFrom('rethinkdb', (signal) =>
    converse(configuration, signal, async (wire) => {
      const version = await logIn(wire, configuration.user, configuration.password);
      const databases = await query(wire, listDatabases);
      return `answered, ${databases} database(s), server ${version},`;
    }),
  );
}

async function logIn(wire: Wire, user: string, password: string): Promise<string> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(magicV1);
  wire.write(magic);
  const greeting = await readAnswer(wire);

  const nonce = randomBytes(18).toString('base64');
  const first = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  send(wire, {
    protocol_version: 0,
    authentication_method: 'SCRAM-SHA-256',
    authentication: `n,,${first}`,
  });
  const challenge = textOf((await readAnswer(wire)).authentication);
  const { r: wholeNonce = '', s: salt = '', i: iterations = '' } = attributesOf(challenge);
  const rounds = Number(iterations);
  if (!wholeNonce.startsWith(nonce) || !(rounds >= 1 && rounds <= longestDerivation)) {
    throw new ProbeFailure('unknown', 'the server answers the handshake with a challenge that is none');
  }

  const withoutProof = `c=biws,r=${wholeNonce}`;
  const signed = `${first},${challenge},${withoutProof}`;
  const salted = await derive(password, Buffer.from(salt, 'base64'), rounds, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const signature = hmac(createHash('sha256').update(clientKey).digest(), signed);
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
  send(wire, { authentication: `${withoutProof},p=${Buffer.from(proof).toString('base64')}` });

  const { v: verifier = '' } = attributesOf(textOf((await readAnswer(wire)).authentication));
  const expected = hmac(hmac(salted, 'Server Key'), signed);
  const given = Buffer.from(verifier, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ProbeFailure('auth', 'the server could not prove that it knows the password');
  }
  return textOf(greeting.server_version) || 'of unknown version';
}

/** A query's answer: token (8 bytes), length (4 bytes, lowest first), JSON. */
async function query(wire: Wire, text: string): Promise<number> {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(1n, 0);
  head.writeUInt32LE(Buffer.byteLength(text), 8);
  wire.write(Buffer.concat([head, Buffer.from(text)]));
  const message = await wire.read((received) => (received.length < 12 ? -1 : 12 + received.readUInt32LE(8)));
  const answer = objectIn(message.subarray(12).toString('utf8'));
  const values: unknown = answer.r;
  const first: unknown = Array.isArray(values) ? values[0] : undefined;
  if (answer.t === successAtom && Array.isArray(first)) return first.length;
  throw new ProbeFailure('unknown', `the query failed: ${textOf(first) || JSON.stringify(answer)}`);
}

function send(wire: Wire, message: Record<string, unknown>): void {
  wire.write(`${JSON.stringify(message)}\0`);
}

async function readAnswer(wire: Wire): Promise<Answer> {
  const message = await wire.read((received) => received.indexOf(0) + 1 || -1);
  const text = message.subarray(0, -1).toString('utf8');
  const answer = objectIn(text);
  if (answer.success === true) return answer;
  const code = Number(answer.error_code);
  // Codes 10 to 20 are those of authentication.
  const kind = code >= 10 && code <= 20 ? 'auth' : 'unknown';
  throw new ProbeFailure(kind, textOf(answer.error) || `the handshake was refused: ${text}`);
}

function objectIn(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new ProbeFailure('unknown', `no RethinkDB answers here: got ${JSON.stringify(text.slice(0, 60))}`);
}

function attributesOf(message: string): Record<string, string> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
