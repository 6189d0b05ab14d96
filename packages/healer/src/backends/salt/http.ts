import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { http } from '../../node-http.ts';
import { SaltError } from './salt-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the start to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const largestAnswer = 32 * 1024 * 1024;

/** The own certificate, and whom to trust; PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the certificate must have; default: the host of the address. */
  readonly servername?: string;
}

/** How salt-api is reached: with which certificates. */
export class Transport {
  readonly #tls: () => Promise<TlsMaterial>;

  /** `tls` is asked at each request, so that renewed certificates are seen; it may reject with `SaltError`. */
  constructor(tls: () => Promise<TlsMaterial> = async () => ({})) {
    this.#tls = tls;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    return send(request, await this.#tls());
  }

  async open(
    request: HttpRequest,
    onResponse: (response: IncomingMessage, end: (error: SaltError) => void) => void,
  ): Promise<void> {
    return open(request, await this.#tls(), onResponse);
  }
}

/**
 * One request on a connection of its own: a reused connection that the other side just closed would leave it
 * open whether a request was taken. Redirects are not followed: they would carry secrets elsewhere. Rejects
 * with `SaltError`, which knows whether the request can have been taken.
 */
function send(request: HttpRequest, tls: TlsMaterial): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    open(request, tls, (response, end) => {
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestAnswer) {
          end(
            new SaltError('salt-answer-too-large', `${request.url.origin} answered more than 32 MiB`, true),
          );
        } else {
          chunks.push(chunk);
        }
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    }).catch(reject);
  });
}

/**
 * Opens a request and hands over the response. The promise resolves when the response has ended and rejects
 * with `SaltError` for any other end, the caller's own included.
 */
function open(
  request: HttpRequest,
  tls: TlsMaterial,
  onResponse: (response: IncomingMessage, end: (error: SaltError) => void) => void,
): Promise<void> {
  const { url, signal } = request;
  return new Promise((resolve, reject) => {
    let connected = false;
    const isTls = url.protocol === 'https:';
    const options = { method: request.method, headers: request.headers, agent: false, ...(isTls ? tls : {}) };
    const make = isTls ? tlsRequest : http.request;
    let client: ClientRequest;
    try {
      client = make(url, options);
    } catch (error) {
      reject(notUsable(url, error));
      return;
    }
    const finish = (error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      if (error) {
        client.destroy();
        reject(error);
      } else {
        resolve();
      }
    };
    const abort = () => finish(connectionLost(url, connected, 'the request was given up', signal?.reason));
    const timer = setTimeout(() => finish(timedOut(request, connected)), request.timeoutMs);
    timer.unref();
    client.once('socket', (socket) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    // On, not once: a second error of a request that is over would end the process.
    client.on('error', (error) => {
      if (isTls && isOfCertificates(error)) finish(notTrusted(url, error));
      else if (isTls && !connected && isNoTls(error)) finish(notEncrypted(url, error));
      else finish(connected ? connectionLost(url, true, reasonOf(error), error) : unreachable(url, error));
    });
    client.once('response', (response) => {
      response.on('error', (error) => finish(connectionLost(url, true, reasonOf(error), error)));
      response.once('close', () => {
        finish(response.complete ? undefined : connectionLost(url, true, 'it closed the connection'));
      });
      onResponse(response, finish);
    });
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    client.end(request.body);
  });
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Ours of theirs, or theirs of ours: in both cases the server has read no request. */
function isOfCertificates(error: Error): boolean {
  const code = reasonOf(error);
  return (
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|INVALID_CA|HOSTNAME_MISMATCH)/.test(
      code,
    ) ||
    /^ERR_SSL_.*ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/.test(code)
  );
}

function notTrusted(url: URL, cause: Error): SaltError {
  const code = reasonOf(cause);
  const what = code.startsWith('ERR_SSL_')
    ? `does not take the healer's certificate (${code}): name one that it trusts under "tls: { certificate, key }" of the backend "salt"`
    : `has a certificate that is not trusted (${code}): name the CA that made it under "tls: { ca }" of the backend "salt", or the name that it has under "tls: { serverName }"`;
  return new SaltError('salt-tls', `salt-api at ${url.origin} ${what}`, false, { cause });
}

function notUsable(url: URL, cause: unknown): SaltError {
  const why = cause instanceof Error ? reasonOf(cause) : 'unknown error';
  return new SaltError(
    'salt-tls',
    `no connection to salt-api at ${url.origin} can be made with the certificates under "tls" (${why}): check that certificate and key belong together and are PEM`,
    false,
    { cause },
  );
}

/** Of a TLS handshake that the other side did not understand. */
function isNoTls(error: Error): boolean {
  return /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST))/.test(
    reasonOf(error),
  );
}

function notEncrypted(url: URL, cause: Error): SaltError {
  return new SaltError(
    'salt-tls',
    `${url.origin} does not speak TLS (${reasonOf(cause)}): write "http://" in "url" of the backend "salt", or give salt-api a certificate (rest_cherrypy: ssl_crt, ssl_key)`,
    false,
    { cause },
  );
}

function unreachable(url: URL, cause: Error): SaltError {
  return new SaltError(
    'salt-unreachable',
    `salt-api at ${url.origin} cannot be reached (${reasonOf(cause)}): check that it runs and that "url" of the backend "salt" is right`,
    false,
    { cause },
  );
}

function timedOut(request: HttpRequest, connected: boolean): SaltError {
  const { url, timeoutMs } = request;
  return new SaltError(
    'salt-timeout',
    connected
      ? `salt-api at ${url.origin} took the connection but gave no answer within ${timeoutMs} ms: it does so while its Salt master is down or hangs; check both`
      : `salt-api at ${url.origin} did not take a connection within ${timeoutMs} ms: check that it runs and that no firewall stands between`,
    connected,
  );
}

function connectionLost(url: URL, maybeTaken: boolean, why: string, cause?: unknown): SaltError {
  return new SaltError(
    'salt-connection-lost',
    `the connection to salt-api at ${url.origin} ended: ${why}`,
    maybeTaken,
    {
      cause,
    },
  );
}
