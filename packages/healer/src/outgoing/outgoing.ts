import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { http } from '../node-http.ts';
import { AddressRule } from './addresses.ts';
import { OutgoingError } from './outgoing-error.ts';
import { outgoingUrlProblem } from './outgoing-url.ts';

export interface OutgoingRequest {
  readonly url: string;
  /** Default: GET, with a body POST. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For all of it, redirections included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Of the answer's body; a longer one is an error. Default 262,144. */
  readonly answerLimitBytes?: number;
  /** How many redirections within the same origin are followed. Default 0: a redirection is an answer. */
  readonly redirects?: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface OutgoingOptions {
  /** Addresses, or ranges such as `169.254.0.0/16`, that are taken although they are refused otherwise. */
  readonly allow?: readonly string[];
  /** All addresses of a name. Default: as the system resolves it. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/** Sends one request. Rejects with an `OutgoingError` where no whole answer came; any status is an answer. */
export type Outgoing = (request: OutgoingRequest) => Promise<OutgoingAnswer>;

const standardAnswerLimitBytes = 262_144;

/**
 * What sends requests to addresses that a configuration names. Only http and https without credentials; nothing
 * goes to link-local addresses and other places where a cloud hands out secrets, which is decided by the address
 * that is connected to, so that a name that changes its mind in between helps nobody; redirections are followed
 * within one origin only.
 */
export function createOutgoing(options: OutgoingOptions = {}): Outgoing {
  const rule = new AddressRule(options.allow ?? []);
  const checkedLookup = lookupUnder(rule, options.resolve ?? ((hostname) => lookup(hostname, { all: true })));
  return async (request) => {
    const { timeoutMs, signal, redirects = 0 } = request;
    const limit = AbortSignal.any([
      ...(signal === undefined ? [] : [signal]),
      AbortSignal.timeout(timeoutMs),
    ]);
    let url = checkedUrl(request.url, rule);
    for (let followed = 0; ; followed += 1) {
      const answer = await sendOnce(request, url, limit, checkedLookup);
      const next = redirects === 0 ? null : redirectionOf(answer, url, request);
      if (next === null) return answer;
      if (followed >= redirects) {
        throw new OutgoingError(
          'redirect-refused',
          `${url.origin} redirects more than ${redirects} times`,
          true,
        );
      }
      url = next;
    }
  };
}

function checkedUrl(text: string, rule: AddressRule): URL {
  const problem = outgoingUrlProblem(text);
  if (problem !== null) throw new OutgoingError('url-refused', `the address ${problem}`, false);
  const url = new URL(text);
  // A name is checked when it is resolved; a written address never is.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && rule.refuses(host)) throw addressRefused(host, url.origin);
  return url;
}

function lookupUnder(rule: AddressRule, resolve: Required<OutgoingOptions>['resolve']): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname)
      .then((addresses) => {
        const refused = addresses.find(({ address }) => rule.refuses(address));
        if (refused !== undefined) throw addressRefused(refused.address, hostname);
        return addresses;
      })
      .then(
        (addresses) => {
          const [first] = addresses;
          if (options.all === true || first === undefined) callback(null, [...addresses]);
          else callback(null, first.address, first.family);
        },
        (error: Error) => callback(error, []),
      );
  };
}

function addressRefused(address: string, where: string): OutgoingError {
  const what = address === where ? address : `${where} is ${address}, which`;
  return new OutgoingError(
    'address-refused',
    `${what} is link-local or hands out a cloud's secrets, so nothing is sent there: name it under \`outgoing: { allow: [...] }\` in prunella.yaml where that is meant`,
    false,
  );
}

function redirectionOf({ status, headers }: OutgoingAnswer, from: URL, request: OutgoingRequest): URL | null {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) return null;
  const next = URL.parse(headers.location, from.href);
  if (next === null || next.origin !== from.origin || next.username !== '' || next.password !== '') {
    throw new OutgoingError(
      'redirect-refused',
      `${from.origin} redirects to elsewhere, which is not followed: write the address that is meant`,
      true,
    );
  }
  // Others turn an order into a question.
  const keepsMethod = status === 307 || status === 308;
  const isQuestion = methodOf(request) === 'GET' || methodOf(request) === 'HEAD';
  return keepsMethod || isQuestion ? next : null;
}

function methodOf({ method, body }: OutgoingRequest): string {
  return method ?? (body === undefined ? 'GET' : 'POST');
}

function sendOnce(
  request: OutgoingRequest,
  url: URL,
  limit: AbortSignal,
  lookupChecked: LookupFunction,
): Promise<OutgoingAnswer> {
  const { body, answerLimitBytes = standardAnswerLimitBytes } = request;
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const fail = (error: unknown) => reject(errorOf(error, request, url, limit, isConnected));
    if (limit.aborted) return fail(limit.reason);
    let sent: ClientRequest;
    try {
      const send = url.protocol === 'https:' ? requestOverTls : http.request;
      sent = send(url.href, {
        method: methodOf(request),
        headers: {
          ...request.headers,
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
        agent: false,
        lookup: lookupChecked,
        signal: limit,
      });
    } catch (error) {
      return fail(error);
    }
    sent.on('error', fail);
    sent.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    sent.on('response', (answer) => {
      readBounded(answer, answerLimitBytes).then(
        (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        (error: unknown) => {
          sent.destroy();
          fail(error);
        },
      );
    });
    sent.end(body);
  });
}

async function readBounded(answer: IncomingMessage, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new OutgoingError('answer-too-long', `the answer is longer than ${limitBytes} bytes`, true);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(
  error: unknown,
  { timeoutMs, signal }: OutgoingRequest,
  { origin }: URL,
  limit: AbortSignal,
  isConnected: boolean,
): OutgoingError {
  if (error instanceof OutgoingError) return error;
  const options = { cause: error };
  if (signal?.aborted === true)
    return new OutgoingError('stopped', `${origin}: stopped`, isConnected, options);
  if (limit.aborted) {
    const message = `${origin} gave no whole answer within ${timeoutMs} ms`;
    return new OutgoingError('timeout', message, isConnected, options);
  }
  const code = codeOf(error);
  if (isConnected) return new OutgoingError('lost', `${origin}: ${code}`, true, options);
  return new OutgoingError('unreachable', `${origin} cannot be reached (${code})`, false, options);
}

/** Where several addresses were tried, of the first. */
function codeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof Error) return 'code' in first ? String(first.code) : first.message;
  return String(first);
}
