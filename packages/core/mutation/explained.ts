/** Mutants that no test can kill, since nothing that core promises differs with them. */
export interface Explanation {
  readonly file: string;
  /** The source's line on which it begins, without its indentation. */
  readonly line: string;
  /** The replacements, as the list of survivors prints them. */
  readonly mutants: readonly string[];
  readonly why: string;
}

export const explanations: readonly Explanation[] = [];
