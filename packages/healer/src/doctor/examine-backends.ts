import type { Backend } from '../backends/backend.ts';
import { type Finding, messageOf, well } from './finding.ts';

/** Findings that one backend may bring; what is beyond is told as a number. */
const mostFindings = 200;

/** Every backend by its own examination; one that has none, by its connection. They are asked at the same time. */
export async function examineBackends(
  backends: readonly Backend[],
  signal: AbortSignal,
  installation: string | null = null,
): Promise<readonly Finding[]> {
  const examined = await Promise.all(backends.map((backend) => examineOne(backend, signal, installation)));
  return examined.flat();
}

async function examineOne(
  backend: Backend,
  signal: AbortSignal,
  installation: string | null,
): Promise<readonly Finding[]> {
  const check = `${backend.name}-reachable`;
  try {
    const found = await untilAborted(
      backend.examine === undefined
        ? fromHealth(backend, check, signal)
        : backend.examine(signal, installation),
      signal,
    );
    if (found === null) return [unanswered(backend, check)];
    return found.length <= mostFindings ? found : [...found.slice(0, mostFindings), further(backend, found)];
  } catch (error) {
    return [
      {
        check,
        state: 'unknown',
        what: `the examination of the backend ${backend.name} failed: ${messageOf(error)}`,
        why: 'an examination answers whatever it meets, so this is a fault of the backend',
        remedy: 'tell those who wrote it; until then nothing here speaks for this backend',
      },
    ];
  }
}

async function fromHealth(backend: Backend, check: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const health = await backend.check(signal);
  if (health.ok) return [well(check, health.detail)];
  const why = 'until it can be reached, none of its actions runs: incidents open and nobody repairs them';
  return [{ check, state: 'problem', what: health.problem, why, remedy: health.remedy }];
}

function unanswered({ name }: Backend, check: string): Finding {
  return {
    check,
    state: 'unknown',
    what: `the backend ${name} did not answer in time`,
    why: 'what it works with hangs, is very slow, or cannot be reached',
    remedy: 'look at that system itself, or give it more time with --timeout',
  };
}

function further({ name }: Backend, found: readonly Finding[]): Finding {
  return {
    check: `${name}-findings`,
    state: 'unknown',
    what: `${found.length - mostFindings} further findings of the backend ${name} are not shown`,
    why: `one backend may tell ${mostFindings}`,
    remedy: 'mend what is shown, and look again',
  };
}

/** Null where the signal came first: a backend that does not mind the signal keeps nobody waiting. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | null> {
  const late = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
    if (signal.aborted) resolve(null);
  });
  work.catch(() => undefined);
  return Promise.race([work, late]);
}
