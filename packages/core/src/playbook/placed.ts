import type { Problem } from '../document/problem.ts';
import type { ProblemText, WrittenDocument } from '../document/source-document.ts';
import type { Path } from '../document/value-path.ts';
import type { Playbook } from './playbook.ts';

/** A playbook, and where it came from. */
export interface PlacedPlaybook {
  readonly playbook: Playbook;
  readonly file: string;
  /** Its text, with that of the playbooks that it extends: each part knows where it was written. */
  readonly document: Pick<WrittenDocument, 'problemAt'>;
}

/** A problem with what a playbook says at the path; where it says nothing there, at the nearest around it. */
export function problemOf({ document }: PlacedPlaybook, path: Path, said: ProblemText): Problem {
  return document.problemAt(path, said);
}
