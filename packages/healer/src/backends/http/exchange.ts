/** One request and its whole answer. */
export type Exchange =
  | {
      readonly ended: 'answered';
      readonly status: number;
      readonly body: string;
      readonly headers: Headers;
    }
  /** Nobody can have read it. */
  | { readonly ended: 'unsent'; readonly why: string }
  /** It may have been read; no whole answer came. */
  | { readonly ended: 'lost'; readonly why: string };

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const longestBody = 256 * 1024;

/** Codes of errors that happen before a connection stands. */
const unsentCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Never rejects. Redirections are not followed: they would carry headers elsewhere. */
export async function exchange(request: ExchangeRequest): Promise<Exchange> {
  const { method, url, headers, body, timeoutMs, signal } = request;
  if (signal.aborted) return { ended: 'unsent', why: 'stopped before it was sent' };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: limit,
      ...(body === undefined ? {} : { body }),
    });
    const text = await readBounded(response);
    return { ended: 'answered', status: response.status, body: text, headers: response.headers };
  } catch (error) {
    const code = codeOf(error);
    const where = new URL(url).origin;
    if (unsentCodes.has(code) && !isOfConnection(error))
      return { ended: 'unsent', why: `${where} cannot be reached (${String(code)})` };
    const why = signal.aborted
      ? 'stopped'
      : limit.aborted
        ? `no answer within ${timeoutMs} ms`
        : String(code);
    return { ended: 'lost', why: `${where}: ${why}` };
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > longestBody) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Of a connection that stood: the same codes then say nothing of whether it was read. */
function isOfConnection(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'syscall' in cause && /^(read|write)/.test(String(cause.syscall));
}

/** undici puts the system's error into `cause`, more than one address into an AggregateError. */
function codeOf(error: unknown): unknown {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return error instanceof Error ? error.message : String(error);
}
