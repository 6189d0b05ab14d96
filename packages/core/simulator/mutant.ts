/** A defect put into the source on purpose, to see whether a rule finds it. */
export interface Mutant {
  readonly name: string;
  /** What is missing or wrong in it, in a few words. */
  readonly defect: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Relative to packages/core/src. */
  readonly file: string;
  /** Must occur exactly once, so that a mutant that no longer applies is noticed. */
  readonly find: string;
  readonly replace: string;
}

export function applyEdits(file: string, source: string, edits: readonly Edit[]): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((text, { find, replace }) => {
      const parts = text.split(find);
      if (parts.length !== 2) {
        throw new Error(
          `${file} has ${parts.length - 1} places with ${JSON.stringify(find)}; a mutant needs one`,
        );
      }
      return parts.join(replace);
    }, source);
}
