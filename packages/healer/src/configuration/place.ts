import type { Path, PlacedPlaybook, Problem, ProblemText, SourceDocument } from '@prunella/core';

/** A problem with what stands at a path of `prunella.yaml`. */
export type Place = (path: Path, said: ProblemText) => Problem;

/** Without a document (a configuration that was made, not read) only the file's usual name is known. */
export function placeIn(document: SourceDocument | null): Place {
  return (path, said) => {
    if (document !== null) return document.problemAtKey(path, said);
    const { severity = 'error', code, message, suggestion = null } = said;
    return {
      severity,
      code,
      file: 'prunella.yaml',
      line: 0,
      column: 0,
      text: path.join('.'),
      message,
      suggestion,
    };
  };
}

/** A problem with a playbook that was read: with what it is for, or with what stands at the path. */
export function problemOfPlaybook(
  { document }: PlacedPlaybook,
  said: ProblemText,
  path: Path = ['for'],
): Problem {
  return document.problemAt(path, said);
}
