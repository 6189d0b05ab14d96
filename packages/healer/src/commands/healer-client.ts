import { request } from 'node:http';
import { ReadableStream } from 'node:stream/web';
import { CommandFailure } from './failure.ts';

/** Bodies of answers are read up to this many bytes. */
const longestAnswer = 64 * 1024 * 1024;
const answerTimeoutMs = 30_000;

export interface HealerConnection {
  /** Such as http://127.0.0.1:7766. */
  readonly address: string;
  readonly token: string | null;
  /** Where the token was read, for people; its text is never shown. */
  readonly tokenFrom?: string;
  readonly interrupted: AbortSignal;
  /** The socket of the healer of this host, tried where nobody listens at the address of its configuration. */
  readonly localSocket?: string;
  /**
   * What needs an admin asks the socket before the address: whoever may open it is one, and no admin's token has to
   * lie on the disk. Not where a token was given by the caller, who then is to act as its holder.
   */
  readonly socketFirst?: boolean;
  /** This request needs an admin. */
  readonly asAdmin?: true;
  /** Told once where the local socket had to be taken. */
  readonly onLocalSocket?: () => void;
}

/** Asks the running healer. Every way this can fail is a `CommandFailure` that says what to do. */
export async function askHealer(
  connection: HealerConnection,
  method: 'GET' | 'POST',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const response = await send(connection, method, path, body);
  const text = await readText(connection, response);
  if (!response.ok) throw refusal(connection, response.status, text);
  const json = parseJson(text);
  if (json === undefined)
    throw notAHealer(connection, `answered ${response.status} with something that is not JSON`);
  return json;
}

/** The same for what only an admin may do: by the local socket, where the caller gave no token to go by. */
export function askAsAdmin(
  connection: HealerConnection,
  method: 'GET' | 'POST',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return askHealer({ ...connection, asAdmin: true }, method, path, body);
}

/** Opens an answer that goes on: chunks as they come, until the signal aborts. The healer must begin it within 30 s. */
export async function openHealerStream(
  connection: HealerConnection,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), answerTimeoutMs);
  try {
    const response = await send(connection, 'GET', path, undefined, {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (!response.ok) throw refusal(connection, response.status, await readText(connection, response));
    const type = response.headers.get('content-type');
    if (response.body === null || type?.startsWith('text/event-stream') === false) {
      throw notAHealer(connection, `answered ${path} with ${type ?? 'nothing'}`);
    }
    return response.body;
  } finally {
    clearTimeout(timer);
  }
}

interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the one that ends the whole answer after 30 s. */
  readonly signal?: AbortSignal;
}

async function send(
  connection: HealerConnection,
  method: 'GET' | 'POST',
  path: string,
  body: Readonly<Record<string, unknown>> | undefined,
  options: SendOptions = {},
): Promise<Response> {
  const { address, token, interrupted, localSocket } = connection;
  const signal = options.signal ?? AbortSignal.any([interrupted, AbortSignal.timeout(answerTimeoutMs)]);
  const toSocket = (socketPath: string) =>
    sendToSocket(socketPath, method, path, body, { headers: options.headers ?? {}, signal }).catch(
      (error: unknown) => {
        if (!isNobodyThere(error)) throw unreachable(socketPath, interrupted, error);
        return null;
      },
    );
  if (connection.asAdmin && connection.socketFirst && localSocket !== undefined) {
    const answer = await toSocket(localSocket);
    if (answer !== null) return answer;
  }
  try {
    return await fetch(new URL(path, withSlash(address)), {
      method,
      headers: {
        accept: 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal,
    });
  } catch (error) {
    if (localSocket !== undefined && isRefused(error)) {
      const answer = await toSocket(localSocket);
      if (answer !== null) {
        connection.onLocalSocket?.();
        return answer;
      }
    }
    throw unreachable(address, interrupted, error);
  }
}

/** Only then nothing was sent: an order that somebody may have read is not sent again by another way. */
function isNobodyThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return ['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM', 'ENOTSOCK'].includes(String(code));
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/** The same request; who may open the socket is authenticated by its file. */
function sendToSocket(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body: Readonly<Record<string, unknown>> | undefined,
  options: Required<SendOptions>,
): Promise<Response> {
  const { signal } = options;
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: `/${path}`, headers, signal }, (answer) => {
      const status = answer.statusCode ?? 0;
      const type = answer.headers['content-type'];
      const headers = type === undefined ? {} : { 'content-type': type };
      resolve(new Response(ReadableStream.from(answer), { status, headers }));
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readText({ address, interrupted }: HealerConnection, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > longestAnswer) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw unreachable(address, interrupted, error);
  }
  if (size > longestAnswer) {
    throw new CommandFailure(
      1,
      'answer-too-large',
      'the answer is larger than 64 MiB',
      'ask for less with --limit',
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(address: string, interrupted: AbortSignal, error: unknown): CommandFailure {
  if (interrupted.aborted) return new CommandFailure(1, 'interrupted', 'interrupted', null, { cause: error });
  const reason = reasonOf(error);
  return new CommandFailure(
    3,
    'healer-unreachable',
    `the healer at ${address} cannot be reached: ${reason}`,
    'start it with `prunella up`, or name another one with --healer URL, PRUNELLA_HEALER or its prunella.yaml with --config',
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerTimeoutMs / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError && 'code' in cause) return String(cause.code);
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

function notAHealer({ address }: HealerConnection, what: string): CommandFailure {
  return new CommandFailure(
    3,
    'not-a-healer',
    `${address} ${what}: it is not a healer, or something stands between`,
    'look at the address in --healer, PRUNELLA_HEALER or prunella.yaml',
  );
}

function refusal(connection: HealerConnection, status: number, text: string): CommandFailure {
  const problem = parseJson(text);
  if (!isProblem(problem)) return notAHealer(connection, `answered ${status} without saying why`);
  const code = problem.type.split(':').at(-1) ?? 'refused';
  const message = asCommands(`${problem.title}: ${problem.detail}`);
  return new CommandFailure(1, code, message, remedyFor(status, connection));
}

/** Of several places that a token can come from, the one that was forgotten is often the one that is used. */
function remedyFor(status: number, { tokenFrom }: HealerConnection): string | null {
  const remedy = remedies[status] ?? null;
  if (remedy === null || tokenFrom === undefined || (status !== 401 && status !== 403)) return remedy;
  return `the token is from ${tokenFrom}; ${remedy}`;
}

/** The healer speaks to programs; at a prompt its advice is a command. */
function asCommands(text: string): string {
  return text
    .replaceAll('GET /v1/incidents?open=true lists', '`prunella incidents --open` lists')
    .replaceAll('GET /v1/incidents lists', '`prunella incidents` lists')
    .replaceAll(/GET \/v1\/(?:resources|explanations) lists/g, '`prunella resources` lists')
    .replaceAll('GET /v1/playbooks lists', '`prunella playbooks` lists')
    .replaceAll('GET /v1/tokens lists', '`prunella tokens list` shows');
}

const roleRemedy =
  'ask with a token whose role allows it (PRUNELLA_TOKEN, PRUNELLA_TOKEN_FILE or --token-file); what needs an admin also goes on the host of the healer, as its user, with --config';

const tokenRemedy =
  "give the operator's token: by --config with the healer's prunella.yaml, or in PRUNELLA_TOKEN, PRUNELLA_TOKEN_FILE or --token-file; it is in <store>/tokens/operator, and `prunella up` prints where (operator's token)";

const remedies: Readonly<Record<number, string>> = {
  401: tokenRemedy,
  403: roleRemedy,
  503: 'wait a moment and ask again',
};

interface ProblemAnswer {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

function isProblem(value: unknown): value is ProblemAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['type', 'title', 'detail'].map((key) => Reflect.get(value, key));
  return texts.every((text) => typeof text === 'string');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withSlash(address: string): string {
  return address.endsWith('/') ? address : `${address}/`;
}
