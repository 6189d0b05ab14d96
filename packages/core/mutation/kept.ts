import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coreFolder, hashOf, type Mutant, readCore } from './instrument.ts';
import type { Outcome } from './try-mutants.ts';

const file = join(coreFolder, '../../.local/mutation/kept.json');

interface KeptOutcome extends Outcome {
  /** Of the mutated file. */
  readonly source: string;
  /** Of the test file that killed it; of everything where none did. */
  readonly tests: string;
}

interface KeptFile {
  readonly outcomes: Record<string, KeptOutcome>;
  /** Mutants that compile, with the hash of their file. */
  readonly compile: Record<string, string>;
}

/**
 * What earlier runs found. A kill holds as long as the mutated file and the test file that killed it are the same,
 * a survival as long as nothing at all has changed.
 */
export class Kept {
  readonly #outcomes: Map<string, KeptOutcome>;
  readonly #compile: Map<string, string>;
  readonly #all: string;
  readonly #fresh: boolean;
  readonly #renewed = new Set<string>();
  readonly #hashes = new Map<string, string>();

  constructor(hashOfAll: string, fresh: boolean) {
    this.#all = hashOfAll;
    const kept = readKept();
    this.#fresh = fresh;
    this.#outcomes = new Map(Object.entries(kept.outcomes));
    this.#compile = new Map(Object.entries(kept.compile));
  }

  /** Null: not known. */
  compiles(mutant: Mutant): boolean | null {
    if (this.outcomeOf(mutant)?.status === 'invalid') return false;
    return this.#compile.get(mutant.key) === this.#hashOf(mutant.file) ? true : null;
  }

  keepCompiles(mutant: Mutant): void {
    this.#compile.set(mutant.key, this.#hashOf(mutant.file));
  }

  outcomeOf(mutant: Mutant): Outcome | null {
    const kept = this.#outcomes.get(mutant.key);
    if (this.#fresh && !this.#renewed.has(mutant.key)) return null;
    if (kept === undefined || kept.source !== this.#hashOf(mutant.file)) return null;
    return kept.tests === this.#testsOf(kept) ? kept : null;
  }

  keep(mutant: Mutant, outcome: Outcome): void {
    this.#renewed.add(mutant.key);
    const source = this.#hashOf(mutant.file);
    this.#outcomes.set(mutant.key, { ...outcome, source, tests: this.#testsOf(outcome) });
  }

  save(): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(this.#file()));
    renameSync(`${file}.new`, file);
  }

  #file(): KeptFile {
    return {
      outcomes: Object.fromEntries(this.#outcomes),
      compile: Object.fromEntries(this.#compile),
    };
  }

  #testsOf({ killedBy, status }: Outcome): string {
    if (status === 'timeout' || status === 'invalid') return 'any';
    return killedBy === null ? this.#all : this.#hashOf(killedBy.split(' > ')[0] ?? '');
  }

  #hashOf(name: string): string {
    let hash = this.#hashes.get(name);
    if (hash === undefined) {
      try {
        hash = hashOf(readCore(name));
      } catch {
        hash = 'gone';
      }
      this.#hashes.set(name, hash);
    }
    return hash;
  }
}

const nothing: KeptFile = { outcomes: {}, compile: {} };

function readKept(): KeptFile {
  try {
    return { ...nothing, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<KeptFile>) };
  } catch {
    return nothing;
  }
}
