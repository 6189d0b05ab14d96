import type { Problem } from '../document/problem.ts';
import type { Playbook } from './playbook.ts';

/** A playbook, and the file it came from. */
export interface PlacedPlaybook {
  readonly playbook: Playbook;
  readonly file: string;
}

/** An error of a playbook as a whole, at its first step. */
export function problemOf(
  { playbook, file }: PlacedPlaybook,
  code: string,
  text: string,
  message: string,
  suggestion: string | null,
): Problem {
  const { line } = playbook.ladder[0];
  return { severity: 'error', code, file, line, column: 1, text, message, suggestion };
}
