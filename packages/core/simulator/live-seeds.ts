import {
  type BrokenRule,
  brokenRules,
  generateHistory,
  generateInnocent,
  type History,
  harmDone,
  Simulation,
  shrinkHistory,
} from '@prunella/core/simulate';

export interface SeedsReport {
  readonly what: 'seeds' | 'innocent';
  readonly from: number;
  readonly lived: number;
  /** False where it was stopped before its end. */
  readonly complete: boolean;
  readonly tookMs: number;
  /** How often things happened over all seeds, by name. */
  readonly counts: Readonly<Record<string, number>>;
  readonly stories: Readonly<Record<string, number>>;
  readonly failures: readonly SeedFailure[];
}

export interface SeedFailure {
  readonly seed: number;
  readonly broken: readonly BrokenRule[];
  readonly shrunk: History;
}

export interface LiveOptions {
  readonly what: 'seeds' | 'innocent';
  readonly from: number;
  readonly seeds: number;
  readonly now: () => number;
  /** Told between two seeds; false stops. */
  readonly onProgress: (lived: number, failed: number) => Promise<boolean>;
}

/** Failures that are shrunk; the rest are only named. */
const shrunkAtMost = 3;

export async function liveSeeds(options: LiveOptions): Promise<SeedsReport> {
  const { what, from, seeds, now, onProgress } = options;
  const began = now();
  const counts: Record<string, number> = {};
  const stories: Record<string, number> = {};
  const failures: SeedFailure[] = [];
  let lived = 0;
  let goesOn = true;
  for (; lived < seeds && goesOn; lived += 1) {
    const seed = from + lived;
    const history = historyOf(what, seed);
    const run = new Simulation(history).run();
    stories[history.about] = (stories[history.about] ?? 0) + 1;
    for (const entry of run.entries) {
      const name = entry.type === 'event' ? entry.event.type : entry.type;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    const broken = [...brokenRules(run), ...(what === 'innocent' ? harmDone(run) : [])];
    const [first] = broken;
    if (first !== undefined) {
      const shrunk =
        failures.length < shrunkAtMost && what === 'seeds' ? shrinkHistory(history, first.rule) : history;
      failures.push({ seed, broken, shrunk });
    }
    goesOn = await onProgress(lived + 1, failures.length);
  }
  return {
    what,
    from,
    lived,
    complete: lived === seeds,
    tookMs: now() - began,
    counts: sorted(counts),
    stories: sorted(stories),
    failures,
  };
}

export function historyOf(what: 'seeds' | 'innocent', seed: number): History {
  return what === 'seeds' ? generateHistory(seed) : generateInnocent(seed);
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([left], [right]) => (left < right ? -1 : 1)));
}
