import type { Playbook, Problem, Step } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';

/** The playbooks that are in force, as they were written. */
export interface PlaybookSources {
  readonly playbooks: readonly Playbook[];
  /** Of each of them its file, relative to the folder of the configuration, and what was read there. */
  readonly written: readonly { readonly name: string; readonly file: string; readonly text: string }[];
  /** What is no error and yet worth a look; files as above. */
  readonly warnings: readonly Problem[];
}

/** One playbook in a list. */
export interface PlaybookView {
  readonly name: string;
  /** A resource name, or one with `*`. */
  readonly for: string;
  readonly dependsOn: readonly string[];
  /** Relative to the folder of the configuration; null where it came from no file. */
  readonly file: string | null;
  /** The resources that it owns: at most 100 of them, and how many there are. */
  readonly resources: { readonly names: readonly string[]; readonly count: number };
  readonly problems: readonly Problem[];
  /** Mildest first, with the line of the text on which each begins. */
  readonly steps: readonly Pick<
    Step,
    'id' | 'action' | 'effect' | 'autonomy' | 'afterMs' | 'everyMs' | 'max' | 'line'
  >[];
}

export interface PlaybookDetail extends PlaybookView {
  /** Its whole file, which may hold others, too; null where it came from no file. */
  readonly text: string | null;
}

const resourcesShown = 100;

export function playbookView(playbook: Playbook, sources: PlaybookSources, engine: Engine): PlaybookView {
  const file = sources.written.find(({ name }) => name === playbook.name)?.file ?? null;
  const owned = engine.resourcesUnder(playbook.name);
  return {
    name: playbook.name,
    for: playbook.for,
    dependsOn: playbook.dependsOn,
    file,
    resources: { names: owned.slice(0, resourcesShown), count: owned.length },
    problems: file === null ? [] : sources.warnings.filter((problem) => problem.file === file),
    steps: playbook.ladder.map(({ id, action, effect, autonomy, afterMs, everyMs, max, line }) => ({
      id,
      action,
      effect,
      autonomy,
      afterMs,
      everyMs,
      max,
      line,
    })),
  };
}

export function playbookDetail(
  name: string,
  sources: PlaybookSources,
  engine: Engine,
): PlaybookDetail | null {
  const playbook = sources.playbooks.find((each) => each.name === name);
  if (playbook === undefined) return null;
  const text = sources.written.find((each) => each.name === name)?.text ?? null;
  return { ...playbookView(playbook, sources, engine), text };
}
