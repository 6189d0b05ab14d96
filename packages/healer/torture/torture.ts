import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChild } from './bundle.ts';
import type { Defect } from './defects.ts';
import { HealerProcess } from './healer-process.ts';
import { StoreUnderTorture } from './store-under-torture.ts';

export interface TortureOptions {
  readonly kills: number;
  readonly seed: number;
  /** Put in on purpose; the run ends with the first store in which it is caught. */
  readonly defect?: Defect;
  /** Ends it early: nothing is left running or lying about. */
  readonly interrupted?: AbortSignal;
  readonly onProgress?: (kills: number) => void;
}

export interface TortureReport {
  readonly kills: number;
  /** By the moment: a crash point, `inside-commit`, or `at random`. */
  readonly killsAt: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly attempts: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly TortureFailure[];
  /** False where it was interrupted. */
  readonly complete: boolean;
}

interface TortureFailure {
  readonly seed: number;
  readonly kills: number;
  readonly broken: readonly string[];
  /** Repeats the load and the moments; what the machine's scheduler did is not in the seed. */
  readonly repeat: string;
}

/** A store is killed so often, then left to end what it began; further kills go to a new store with the next seed. */
const killsOfOneStore = 40;
/** Fewer where a defect is to be caught, which some rules can only do at the end. */
const killsOfOneStoreWithDefect = 12;

/** Stores at one moment: a healer mostly waits. */
const storesAtOnce = 2;

export async function torture(options: TortureOptions): Promise<TortureReport> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-torture-'));
  const run = new Run(options, folder);
  try {
    const program = await bundleChild(folder);
    await Promise.all(Array.from({ length: storesAtOnce }, () => run.takeStores(program)));
    return run.report();
  } finally {
    await run.end();
    await rm(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #options: TortureOptions;
  readonly #folder: string;
  readonly #interrupted: AbortSignal;
  readonly #killsEach: number;
  readonly #killsAt: Record<string, number> = {};
  readonly #outcomes: Record<string, number> = {};
  readonly #failures: TortureFailure[] = [];
  readonly #healers = new Set<HealerProcess>();
  #stores = 0;
  #kills = 0;
  #acknowledged = 0;
  #attempts = 0;

  constructor(options: TortureOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#interrupted = options.interrupted ?? new AbortController().signal;
    this.#killsEach = options.defect === undefined ? killsOfOneStore : killsOfOneStoreWithDefect;
  }

  async takeStores(program: string): Promise<void> {
    const { kills, defect } = this.#options;
    while (!this.#interrupted.aborted && (defect === undefined || this.#failures.length === 0)) {
      const store = this.#stores++;
      const wanted = Math.min(this.#killsEach, kills - store * this.#killsEach);
      if (wanted <= 0) return;
      await this.#takeStore(program, store, wanted);
    }
  }

  report(): TortureReport {
    return {
      kills: this.#kills,
      killsAt: this.#killsAt,
      acknowledged: this.#acknowledged,
      attempts: this.#attempts,
      outcomes: this.#outcomes,
      failures: this.#failures,
      complete: !this.#interrupted.aborted,
    };
  }

  async end(): Promise<void> {
    for (const healer of this.#healers) healer.kill();
    await Promise.all([...this.#healers].map((healer) => healer.ended));
  }

  async #takeStore(program: string, store: number, kills: number): Promise<void> {
    const { defect = null } = this.#options;
    const seed = this.#options.seed + store;
    const folder = join(this.#folder, `store-${store}`);
    await mkdir(folder, { mode: 0o700 });
    const under = new StoreUnderTorture({
      folder,
      seed,
      defect,
      start: () => this.#start(program),
      interrupted: this.#interrupted,
      onKill: (moment) => this.#note(moment),
    });
    const broken = await under.live(kills);
    this.#acknowledged += under.acknowledged;
    this.#attempts += under.attempts;
    for (const [name, count] of Object.entries(under.outcomes)) {
      this.#outcomes[name] = (this.#outcomes[name] ?? 0) + count;
    }
    if (broken.length === 0) return;
    const withDefect = defect === null ? '' : ` --defect ${defect}`;
    const repeat = `npm run torture -- --kills ${kills} --seed ${seed}${withDefect}`;
    this.#failures.push({ seed, kills, broken, repeat });
  }

  #start(program: string): HealerProcess {
    const healer = new HealerProcess(program);
    this.#healers.add(healer);
    void healer.ended.then(() => this.#healers.delete(healer));
    return healer;
  }

  #note(moment: string): void {
    this.#kills += 1;
    this.#killsAt[moment] = (this.#killsAt[moment] ?? 0) + 1;
    this.#options.onProgress?.(this.#kills);
  }
}
