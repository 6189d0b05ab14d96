import type { Adapter, Classification } from '../../adapter.ts';
import { checkObject } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { classifier } from '../classification/classify.ts';
import { untilAborted } from '../until-aborted.ts';
import { type Fetch, type HttpHandle, requestFacts } from './fetch.ts';
import { HttpLease, type HttpParts, release } from './lease.ts';
import { httpRows } from './rows.ts';
import { HttpStatusError } from './status-error.ts';

export interface HttpServiceOptions {
  /** The URL (http or https) that a ping asks for, such as the service's health page. */
  readonly ping: string | URL;
  /** How a ping asks. Default `GET`; its body is not read. */
  readonly pingMethod?: 'GET' | 'HEAD';
  /** Which statuses are an answer, of calls and pings. Default: 200 to 399. */
  readonly isAnswer?: (status: number) => boolean;
}

/**
 * Guards an HTTP service that the application reaches with a `fetch` of its own. Requests end with their call's
 * deadline. A status that is no answer is a fault: 429 and 503 `overloaded`, 502 `unreachable`, 504 `timeout`, 401 and
 * 403 `auth`, other 4xx `caller`, other 5xx `unknown`. The outcome is unknown only of requests that order something:
 * other methods than GET, HEAD, OPTIONS and TRACE, without an `Idempotency-Key`. Nothing is asked twice by this.
 *
 * Throws an `OptionError` for a wrong option.
 */
export function httpService(fetch: Fetch, options: HttpServiceOptions): Adapter<HttpHandle> {
  if (typeof fetch !== 'function')
    throw new OptionError('fetch', fetch, 'a function such as globalThis.fetch');
  checkObject('httpService', options, ['ping', 'pingMethod', 'isAnswer']);
  const { pingMethod = 'GET', isAnswer = isUsualAnswer } = options;
  if (pingMethod !== 'GET' && pingMethod !== 'HEAD') {
    throw new OptionError('pingMethod', pingMethod, "'GET' or 'HEAD'");
  }
  if (typeof isAnswer !== 'function') throw new OptionError('isAnswer', isAnswer, 'a function');
  const url = checkedUrl(options.ping);
  const harmless = new WeakSet<object>();
  const parts: HttpParts = { fetch, isAnswer, harmless };
  const classify = classifier(httpRows);

  return {
    driver: 'http',
    classify(error) {
      const classification = classify(error);
      return classification.outcomeUnknown && within(harmless, error)
        ? known(classification)
        : classification;
    },
    lease: () => new HttpLease(parts),
    async ping(signal) {
      signal.throwIfAborted();
      const answer = fetch(url, { method: pingMethod, signal });
      // What a ping answers is of no interest, also where it comes too late.
      answer.then(release, () => {});
      const response = await untilAborted(answer, signal);
      const { status } = response;
      if (!isAnswer(status)) {
        throw new HttpStatusError(response, requestFacts(url, { method: pingMethod }));
      }
    },
  };
}

function isUsualAnswer(status: number): boolean {
  return status >= 200 && status < 400;
}

function checkedUrl(given: unknown): URL {
  const url = typeof given === 'string' || given instanceof URL ? URL.parse(String(given)) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OptionError('ping', given, 'a URL that begins with http:// or https://');
  }
  return url;
}

function known(classification: Classification): Classification {
  return { ...classification, outcomeUnknown: false };
}

/** The error, or one that it wraps. */
function within(errors: WeakSet<object>, error: unknown): boolean {
  try {
    let inner = error;
    for (let depth = 0; depth < 8 && typeof inner === 'object' && inner !== null; depth += 1) {
      if (errors.has(inner)) return true;
      inner = Reflect.get(inner, 'cause');
    }
  } catch {
    // A getter that throws hides no error of ours.
  }
  return false;
}
