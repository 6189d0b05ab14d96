import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ProbeFailure } from '../probes/failure.ts';
import { converse, type Wire } from '../probes/wire.ts';
import type { Term } from './terms.ts';

/** Where a member of a cluster takes drivers, and who asks. */
export interface RethinkdbAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls?: boolean;
}

/** One connection to one member, logged in. */
export interface RethinkdbSession {
  readonly version: string;
  /** The answer to one term, which must be a single value. One at a time. */
  ask(term: Term): Promise<unknown>;
}

/** The most bytes of one answer: a cluster with some thousands of tables says no more. */
const longestAnswerBytes = 8 * 1024 * 1024;

/**
 * Logs in, talks, and destroys the connection, whatever happened. Speaks the protocol itself (V1_0 handshake
 * with SCRAM-SHA-256, RFC 5802), since both drivers leave things behind: the one throws a late timeout past
 * every handler, the other goes on reconnecting. Rejects with a `ProbeFailure`.
 */
export function withRethinkdb<Answer>(
  address: RethinkdbAddress,
  signal: AbortSignal,
  talk: (session: RethinkdbSession) => Promise<Answer>,
): Promise<Answer> {
  return converse(
    address,
    signal,
    async (wire) => {
      const version = await logIn(wire, address.user, address.password);
      return talk({ version, ask: (term) => ask(wire, term) });
    },
    longestAnswerBytes,
  );
}

/** The server read the query and answers that it failed. `indeterminate`: it may have been carried out all the same. */
export class RethinkdbRefusal extends ProbeFailure {
  readonly indeterminate: boolean;

  constructor(detail: string, indeterminate: boolean) {
    super('unknown', detail);
    this.indeterminate = indeterminate;
  }
}

const startQuery = 1;

/** Response type SUCCESS_ATOM, and the first of those that are errors. */
const successAtom = 1;
const firstErrorType = 16;

/** Error types whose operation may have happened: INTERNAL and OP_INDETERMINATE. */
const indeterminateErrors: readonly unknown[] = [1_000_000, 4_200_000];

/** What a server says, in the handshake and after: any of these names may be there, with any value. */
type Answer = {
  readonly [Name in
    | 'success'
    | 'error'
    | 'error_code'
    | 'authentication'
    | 'server_version'
    | 't'
    | 'e'
    | 'r']?: unknown;
};

const derive = promisify(pbkdf2);

/** The handshake's magic number of version V1_0, sent with its lowest byte first. */
const magicV1 = 0x34c2bdc3;

/** The most rounds of key derivation that a server may ask for; RethinkDB itself uses 4,096 at most. */
const longestDerivation = 1_000_000;

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

/** Asks one query and waits for its whole answer. A message has a token (8 bytes), a length (4 bytes, lowest first), JSON. */
async function ask(wire: Wire, term: Term): Promise<unknown> {
  const text = JSON.stringify([startQuery, term, {}]);
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(1n, 0);
  head.writeUInt32LE(Buffer.byteLength(text), 8);
  wire.write(Buffer.concat([head, Buffer.from(text)]));
  const message = await wire.read((received) => (received.length < 12 ? -1 : 12 + received.readUInt32LE(8)));
  const answer = objectIn(message.subarray(12).toString('utf8'));
  const values: unknown = answer.r;
  const first: unknown = Array.isArray(values) ? values[0] : undefined;
  if (answer.t === successAtom) return first;
  if (typeof answer.t === 'number' && answer.t >= firstErrorType) {
    throw new RethinkdbRefusal(textOf(first) || 'the query failed', indeterminateErrors.includes(answer.e));
  }
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
