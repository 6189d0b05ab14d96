/** What the adapter needs of a `fetch`: Node's own, undici's, or one around them. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface HttpHandle {
  /**
   * As the `fetch` given, but bound to the call's deadline, and rejecting with an `HttpStatusError` for a status
   * that is no answer. Read the body inside the call: what is left of it when the call ends is released. After
   * that it rejects with an `AdapterError`, code `PRUNELLA_CALL_ENDED`.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/** Methods that order nothing, RFC 9110, section 9.2.1. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What the classification needs to know of a request. */
export interface RequestFacts {
  readonly method: string;
  /** Without query, fragment and credentials, for messages. */
  readonly place: string;
  /**
   * Whether it may have changed something when its answer is lost: not where its method is safe, and not where it
   * carries an `Idempotency-Key`, by which the service makes a repetition harmless.
   */
  readonly isOrder: boolean;
}

export function requestFacts(input: string | URL | Request, init: RequestInit = {}): RequestFacts {
  const request = input instanceof Request ? input : undefined;
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  const headers = init.headers === undefined ? request?.headers : new Headers(init.headers);
  const isKeyed = headers?.has('idempotency-key') === true;
  return {
    method,
    place: placeOf(request?.url ?? String(input)),
    isOrder: !safeMethods.has(method) && !isKeyed,
  };
}

function placeOf(address: string): string {
  const url = URL.parse(address);
  return url === null ? 'an address that is no URL' : url.origin + url.pathname;
}
