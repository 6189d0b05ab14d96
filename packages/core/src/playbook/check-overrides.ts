import { nearest } from '../document/nearest.ts';
import type { Problem } from '../document/problem.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import { type Path, valueAt } from '../document/value-path.ts';
import { checkPlaybook } from './check-playbook.ts';
import type { PlaybookContext } from './context.ts';
import { MergedDocument } from './merged-document.ts';
import { overridden } from './override.ts';
import type { Playbook, PlaybookOverride } from './playbook.ts';

/**
 * What is wrong with a playbook once one of its overrides holds, and with the overrides themselves. What `known`
 * says of the same place already is not said again for each override, with other numbers.
 */
export function checkOverrides(
  playbook: Playbook,
  document: WrittenDocument,
  context: PlaybookContext,
  known: readonly Problem[],
): readonly Problem[] {
  const said = new Set(known.map(placeOf));
  return (playbook.overrides ?? []).flatMap((override, index) => {
    const at: Path = ['overrides', index];
    const unknown = unknownSteps(playbook, override, document, [...at, 'ladder']);
    const different = differing(playbook, document, at);
    const found = checkPlaybook(overridden(playbook, override), different, context);
    return [...unknown, ...found.filter((problem) => !said.has(placeOf(problem)))];
  });
}

function placeOf({ code, file, line, column }: Problem): string {
  return JSON.stringify([code, file, line, column]);
}

function unknownSteps(
  playbook: Playbook,
  override: PlaybookOverride,
  document: WrittenDocument,
  at: Path,
): readonly Problem[] {
  const ids = playbook.ladder.map(({ id }) => id);
  return Object.keys(override.steps)
    .filter((id) => !ids.includes(id))
    .map((id) => {
      const meant = nearest(id, ids);
      return document.problemAtKey([...at, id], {
        code: 'unknown-step',
        message: `the ladder has no step \`${id.slice(0, 60)}\``,
        suggestion: meant === null ? `its steps are: ${ids.join(', ')}` : `did you mean \`${meant}\`?`,
      });
    });
}

/** What an override writes stands at the override; the rest where it stood. */
function differing(playbook: Playbook, document: WrittenDocument, at: Path): WrittenDocument {
  return new MergedDocument(document.value, (path) => {
    const [first, second, ...rest] = path;
    const id = typeof second === 'number' ? playbook.ladder[second]?.id : undefined;
    const isStep = first === 'ladder' && id !== undefined;
    const own = isStep ? [...at, first, id, ...rest] : [...at, ...path];
    // A step or a part as a whole stands where it was first written.
    const isPart = isStep ? rest.length > 0 : path.length > 1;
    return [document, isPart && valueAt(document.value, own) !== undefined ? own : path];
  });
}
