import type { FaultKind } from '@prunella/protocol';
import type { Probe, ProbeOutcome } from './probe.ts';

/** The server answered, and its answer is a failure whose meaning is known. A backend that talks by the same wire meets it, too. */
export class ProbeFailure extends Error {
  readonly kind: FaultKind;

  /** The detail may be a server's own words: it is cut, and control characters go. */
  constructor(kind: FaultKind, detail: string) {
    super(clean(detail));
    this.kind = kind;
  }
}

/** Longest detail that is kept, in characters: it goes into the log and onto terminals. */
const detailLength = 300;

/** Errors of the socket and of name resolution, by code. What is missing here is `unknown`. */
const kindByCode: Readonly<Record<string, FaultKind>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENOENT: 'unreachable',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'local',
  EAI_AGAIN: 'local',
  EMFILE: 'local',
  ENFILE: 'local',
  EADDRNOTAVAIL: 'local',
};

/** A promise that only ever rejects: at the signal's abort with what `onAbort` says, or by `fail`. */
export interface Breakable {
  readonly broken: Promise<never>;
  fail(error: unknown): void;
  /** Lets go of the signal. */
  release(): void;
}

export function breakAt(signal: AbortSignal, onAbort: () => Error): Breakable {
  let fail: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  broken.catch(() => {});
  const listener = () => fail(onAbort());
  signal.addEventListener('abort', listener, { once: true });
  if (signal.aborted) listener();
  return { broken, fail, release: () => signal.removeEventListener('abort', listener) };
}

/**
 * Makes a probe of a check. The check resolves with what was seen and rejects with why not; whatever it does,
 * the probe ends at the signal's abort.
 */
export function probeFrom(type: string, check: (signal: AbortSignal) => Promise<string>): Probe {
  return {
    type,
    async run(signal) {
      const beganAt = performance.now();
      const last = new AbortController();
      // One turn later than the check's own answer to the abort, which says more.
      const onAbort = () => setImmediate(() => last.abort());
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      const limit = breakAt(last.signal, () => new ProbeFailure('timeout', 'no answer'));
      try {
        const seen = await Promise.race([limit.broken, check(signal)]);
        return { passed: true, detail: clean(`${seen} in ${elapsed(beganAt)}`) };
      } catch (error) {
        return outcomeOf(error, signal.aborted ? elapsed(beganAt) : null);
      } finally {
        signal.removeEventListener('abort', onAbort);
        limit.release();
      }
    },
  };
}

function outcomeOf(error: unknown, endedAfter: string | null): ProbeOutcome {
  const within = endedAfter === null ? '' : ` within ${endedAfter}`;
  if (error instanceof ProbeFailure) {
    const timedOut = error.kind === 'timeout' ? within : '';
    return { passed: false, kind: error.kind, detail: clean(`${error.message}${timedOut}`) };
  }
  const first = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(first instanceof Error)) return { passed: false, kind: 'unknown', detail: clean(String(first)) };
  const code = 'code' in first && typeof first.code === 'string' ? first.code : '';
  return { passed: false, kind: kindOfCode(code), detail: clean(first.message || code) };
}

/** What an error of the socket or of name resolution means, by its code. */
export function kindOfCode(code: string): FaultKind {
  return kindByCode[code] ?? 'unknown';
}

function elapsed(beganAt: number): string {
  return `${Math.max(1, Math.round(performance.now() - beganAt))} ms`;
}

function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, detailLength);
}
