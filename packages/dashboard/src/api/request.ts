import { HealerUnreachable, problemOf } from './problem.ts';
import { serverClock } from './server-clock.ts';

const timeoutMs = 15_000;

interface Credentials {
  /** What a page of another origin cannot know, for all that is no GET. */
  readonly csrfToken: () => string | null;
  /** Called when the healer no longer knows who we are. */
  readonly onStranger: () => void;
}

let credentials: Credentials = { csrfToken: () => null, onStranger: () => {} };

/** Told once by the session, which itself asks through here. */
export function useCredentials(given: Credentials): void {
  credentials = given;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Streams have none. */
  readonly timeout?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Rejects with `HealerProblem` for an answer that is no, `HealerUnreachable` where there was none. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal, timeout = true, headers = {} } = options;
  const csrfToken = credentials.csrfToken();
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(timeout ? [AbortSignal.timeout(timeoutMs)] : []),
  ];
  const sentAt = Date.now();
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    redirect: 'error',
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' || csrfToken === null ? {} : { 'x-prunella-csrf': csrfToken }),
    },
    signal: AbortSignal.any(signals),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new HealerUnreachable('no answer', { cause: error });
  });
  serverClock.note(response.headers.get('date'), sentAt, Date.now());
  if (response.ok) return response;
  if (response.status === 401) credentials.onStranger();
  throw await problemOf(response);
}

/** The answer as JSON. */
export async function ask(path: string, options: RequestOptions = {}): Promise<unknown> {
  const response = await send(path, options);
  if (response.status === 204) return null;
  return response.json().catch((error: unknown) => {
    throw new HealerUnreachable('the answer broke off', { cause: error });
  });
}
