import type { RequestFacts } from './fetch.ts';

/** The service answered with a status that is no answer. It becomes the `cause` of a FaultError. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  /** Such as `HTTP_503`. */
  readonly code: string;
  readonly status: number;
  /** What `Retry-After` asks for, in ms, at most 86,400,000; undefined where it does not say. */
  readonly retryAfterMs: number | undefined;
  /** Its body can be read until the call ends. */
  readonly response: Response;

  constructor(response: Response, { method, place }: RequestFacts) {
    super(`${method} ${place} answered ${response.status}`);
    this.code = `HTTP_${response.status}`;
    this.status = response.status;
    this.retryAfterMs = retryAfterMs(response.headers);
    // Not shown where the error is printed: headers may hold secrets.
    Object.defineProperty(this, 'response', { enumerable: false });
    this.response = response;
  }
}

const dayMs = 86_400_000;

/** Seconds, or a date; the date is taken against the service's own clock where the answer shows it. RFC 9110, 10.2.3. */
function retryAfterMs(headers: Headers): number | undefined {
  const given = headers.get('retry-after')?.trim();
  if (given === undefined || given === '') return undefined;
  if (/^\d+$/.test(given)) return Math.min(dayMs, Number(given) * 1_000);
  const until = Date.parse(given);
  const now = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(until) || Number.isNaN(now)) return undefined;
  return Math.min(dayMs, Math.max(0, until - now));
}
