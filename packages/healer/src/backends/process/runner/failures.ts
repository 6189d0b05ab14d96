import type { ServiceDefinition } from '../definition.ts';

/** What a runner remembers of failures: ends that nobody ordered, and starts that came to nothing. */
export interface FailureMemory {
  /** Ms since the Unix epoch, oldest first. */
  readonly times: readonly number[];
  readonly maintenance: Maintenance | null;
}

/** Failing too often: not started again until a person has looked. */
interface Maintenance {
  /** Ms since the Unix epoch. */
  readonly since: number;
  /** A sentence for a person. */
  readonly why: string;
}

/** Where they are kept, on disk when `setFailures` returns. */
export interface FailureRecords {
  failures(): FailureMemory;
  setFailures(failures: FailureMemory): void;
}

export const noFailures: FailureMemory = { times: [], maintenance: null };

export interface Failures {
  /** Counts one, on disk when it returns. */
  count(why: string): void;
  /** Of the present window. */
  recent(): number;
  maintenance(): Maintenance | null;
  /** When the next start may come, ms since the Unix epoch. A first failure waits for nothing. */
  startNotBefore(): number;
  clear(): void;
}

export function createFailures(
  records: FailureRecords,
  definition: () => Pick<ServiceDefinition, 'backoff' | 'maintenance'>,
  now: () => number,
): Failures {
  const recentTimes = () => {
    const from = now() - definition().maintenance.withinMs;
    return records.failures().times.filter((at) => at > from && at <= now());
  };
  return {
    count(why) {
      const { maintenance: limit } = definition();
      const times = [...recentTimes(), now()].slice(-limit.failures);
      const { maintenance } = records.failures();
      const reached = times.length >= limit.failures;
      const text = `it failed ${times.length} times in ${minutes(limit.withinMs)} min, the last time: ${oneLine(why)}`;
      records.setFailures({
        times,
        maintenance: maintenance ?? (reached ? { since: now(), why: text } : null),
      });
    },
    recent: () => recentTimes().length,
    maintenance: () => records.failures().maintenance,
    startNotBefore() {
      const times = recentTimes();
      const last = times.at(-1);
      if (last === undefined || times.length < 2) return 0;
      const { firstMs, mostMs } = definition().backoff;
      return last + Math.min(mostMs, firstMs * 2 ** Math.min(times.length - 2, 30));
    },
    clear: () => records.setFailures(noFailures),
  };
}

/** Room for what a start that came to nothing wrote last. */
const longestWhy = 600;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, longestWhy);
}

function minutes(durationMs: number): number {
  return Math.round(durationMs / 6_000) / 10;
}
