import type { Playbook } from './playbook.ts';

/**
 * The playbook that owns a resource: the most specific match. Undefined where none matches, and where several
 * match equally well (an error of `checkPlaybooks`): an owner is never guessed.
 */
export function playbookFor(resource: string, playbooks: readonly Playbook[]): Playbook | undefined {
  const [best, second] = bestMatches(resource, playbooks);
  return second === undefined ? best : undefined;
}

/** All that match and than which none matches more specifically; more than one is a tie. */
export function bestMatches(resource: string, playbooks: readonly Playbook[]): readonly Playbook[] {
  let best: Playbook[] = [];
  for (const playbook of playbooks) {
    if (!matchesPattern(playbook.for, resource)) continue;
    const [rival] = best;
    const difference = rival === undefined ? 1 : compareSpecificity(playbook.for, rival.for);
    if (difference > 0) best = [playbook];
    else if (difference === 0) best.push(playbook);
  }
  return best;
}

/** An exact name before any pattern; then the one with more written characters; then with fewer `*`. */
function compareSpecificity(left: string, right: string): number {
  const stars = [left, right].map((pattern) => pattern.split('*').length - 1);
  const [leftStars = 0, rightStars = 0] = stars;
  if ((leftStars === 0) !== (rightStars === 0)) return leftStars === 0 ? 1 : -1;
  const written = left.length - leftStars - (right.length - rightStars);
  return written === 0 ? rightStars - leftStars : written;
}

/** `*` stands for any run of characters, also none. Time grows with the product of the lengths at most. */
export function matchesPattern(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt;
      resumeAt = textAt;
      patternAt += 1;
    } else if (pattern[patternAt] === text[textAt]) {
      patternAt += 1;
      textAt += 1;
    } else if (starAt >= 0) {
      resumeAt += 1;
      textAt = resumeAt;
      patternAt = starAt + 1;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt += 1;
  return patternAt === pattern.length;
}
