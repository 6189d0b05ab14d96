import { type ProblemName, RequestProblem } from './problem.ts';

/** While the healer has too much to do: its loop clears ten thousand inputs in about a second. */
const busyRetryAfterS = 1;
/** A restart takes a few seconds, and with a standby less. */
const stoppingRetryAfterS = 5;

/** What the engine refused, as the answer to a request: worth sending again or not. */
export function refusalOf(
  { reason, later }: { readonly reason: string; readonly later?: 'busy' | 'stopping' },
  otherwise: ProblemName,
): RequestProblem {
  if (later === 'busy') return new RequestProblem('overloaded', reason, { retryAfterS: busyRetryAfterS });
  if (later === 'stopping') {
    return new RequestProblem('not-ready', reason, { retryAfterS: stoppingRetryAfterS });
  }
  return new RequestProblem(otherwise, reason);
}
