/** What the parent process asks of its worker. */
export type Order =
  | { readonly kind: 'measure' }
  | { readonly kind: 'try'; readonly trials: readonly Trial[]; readonly quickTests: readonly string[] };

export interface Trial {
  readonly id: string;
  /** What runs while a module is loaded: the modules are loaded anew with the mutant in place. */
  readonly atLoad: boolean;
  /** In the order in which they are run. */
  readonly tests: readonly string[];
  /** So often may the mutated place be reached in one test; more is an endless loop. */
  readonly hitsAtMost: number;
}

export interface MeasuredTest {
  readonly name: string;
  readonly file: string;
  readonly durationMs: number;
  /** Null: passed. Otherwise why it does not pass here without any mutant. */
  readonly failure: string | null;
  /** How often it reached each mutant, by id. */
  readonly reached: Readonly<Record<string, number>>;
}

/** What the worker answers. */
export type Answer =
  | { readonly kind: 'ready' }
  /** Between two tests: it is not stuck. */
  | { readonly kind: 'working' }
  | {
      readonly kind: 'measured';
      readonly tests: readonly MeasuredTest[];
      readonly atLoad: readonly string[];
    }
  | {
      readonly kind: 'tried';
      readonly id: string;
      /** Null: no test failed. */
      readonly killedBy: string | null;
      readonly failure: string | null;
    }
  /** All trials of the order are done; whether the quick tests pass without a mutant after them. */
  | { readonly kind: 'done'; readonly sane: boolean; readonly insane: string | null };
