import { createContext, Script } from 'node:vm';
import { type Environment, readSecret } from '../../configuration/secret.ts';
import type { Outgoing, OutgoingAnswer } from '../../outgoing/outgoing.ts';
import { OutgoingError } from '../../outgoing/outgoing-error.ts';
import { kindOfCode } from '../../probes/failure.ts';
import { type Check, type CheckOutcome, inLine } from '../check.ts';
import type { MonitorOf } from '../configuration.ts';

/** A regular expression that takes longer is one that can take for ever. */
const longestMatchMs = 200;
const shownBody = 500;
const longestBody = 2 * 1024 * 1024;
/** The monitor's own limit ends it; this is only what the sender wants to be told. */
const beyondTimeoutMs = 1_000;

export function httpCheck(monitor: MonitorOf<'http'>, environment: Environment, send: Outgoing): Check {
  return {
    async run(signal) {
      const beganAt = performance.now();
      try {
        const { url, method } = monitor;
        const headers = await headersOf(monitor, environment);
        const timeoutMs = monitor.timeoutMs + beyondTimeoutMs;
        const answer = await send({ url, method, headers, timeoutMs, signal, answerLimitBytes: longestBody });
        return judge(monitor, answer, Math.round(performance.now() - beganAt));
      } catch (error) {
        if (error instanceof OutgoingError) return outcomeOf(error, signal, beganAt);
        throw error;
      }
    },
  };
}

async function headersOf({ headers }: MonitorOf<'http'>, environment: Environment) {
  const entries = Object.entries(headers).map(async ([name, value]) => {
    return [name, typeof value === 'string' ? value : await readSecret(value, environment)] as const;
  });
  return { 'user-agent': 'prunella-monitor', ...Object.fromEntries(await Promise.all(entries)) };
}

function judge(monitor: MonitorOf<'http'>, answer: OutgoingAnswer, tookMs: number): CheckOutcome {
  const { status, body } = answer;
  const output = body.slice(0, shownBody);
  const failed = (detail: string): CheckOutcome => ({ state: 'critical', detail: inLine(detail), output });
  const { status: expected, contains, matches, answersWith, latency } = monitor;
  if (!(expected?.includes(status) ?? (status >= 200 && status < 300))) {
    return failed(`answered ${status}, expected ${expected?.join(' or ') ?? '200 to 299'}`);
  }
  if (contains !== undefined && !body.includes(contains)) {
    return failed(`answered ${status}, and its body does not hold ${JSON.stringify(contains)}`);
  }
  if (matches !== undefined) {
    const fits = matchWithin(matches, body);
    if (fits === null) {
      return {
        state: 'unknown',
        detail: `/${inLine(matches)}/ took longer than ${longestMatchMs} ms on the body`,
      };
    }
    if (!fits) return failed(`answered ${status}, and its body does not fit /${matches}/`);
  }
  for (const [name, wanted] of Object.entries(answersWith)) {
    const value = [answer.headers[name.toLowerCase()] ?? []].flat().join(', ');
    if (!value.includes(wanted)) {
      return failed(`answered ${status}, and its header ${name} is ${JSON.stringify(value.slice(0, 100))}`);
    }
  }
  if (latency !== undefined && tookMs > latency) {
    return failed(`answered ${status} in ${tookMs} ms, expected within ${latency} ms`);
  }
  return { state: 'ok', detail: `answered ${status} in ${tookMs} ms` };
}

/** In a context of its own, since only there an expression can be ended that goes on and on. Null: it was. */
function matchWithin(source: string, text: string): boolean | null {
  try {
    const context = createContext({ source, text });
    const script = new Script('new RegExp(source, "u").test(text)');
    return script.runInContext(context, { timeout: longestMatchMs }) === true;
  } catch (error) {
    // Of another realm, and so no `Error` of this one.
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}

function outcomeOf(error: OutgoingError, signal: AbortSignal, beganAt: number): CheckOutcome {
  if (signal.aborted) {
    return {
      state: 'critical',
      detail: `no whole answer within ${Math.round(performance.now() - beganAt)} ms`,
    };
  }
  const { cause } = error;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  const ours =
    ['address-refused', 'url-refused', 'answer-too-long'].includes(error.code) ||
    kindOfCode(code) === 'local';
  return { state: ours ? 'unknown' : 'critical', detail: inLine(error.message) };
}
