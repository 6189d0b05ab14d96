import type { ResourceFacts } from '@prunella/core';
import { askActions, type KnownAction } from '../../api/actions.ts';
import { askPlaybooks, askResourceFacts, askWholePlaybook, type WholePlaybook } from '../../api/playbooks.ts';

const playbooksMost = 500;
const filesMost = 50;
const resourcesMost = 500;

/** What a playbook is read and checked together with. */
export interface Surroundings {
  /** Other files of playbooks. */
  readonly others: readonly { readonly file: string; readonly text: string }[];
  readonly resources: readonly ResourceFacts[];
  /** What a step may name. */
  readonly actions: readonly KnownAction[];
}

export async function askSurroundings(playbook: WholePlaybook, signal: AbortSignal): Promise<Surroundings> {
  const [{ items }, resources, actions] = await Promise.all([
    askPlaybooks({ limit: playbooksMost }, signal),
    askResourceFacts('*', resourcesMost, signal),
    askActions(signal),
  ]);
  const names = new Map(
    items.flatMap(({ file, name }) => (file === null || file === playbook.file ? [] : [[file, name]])),
  );
  const found = await Promise.all(
    [...names.values()].slice(0, filesMost).map((name) => askWholePlaybook(name, signal)),
  );
  return {
    others: found.flatMap(({ file, text }) => (file === null || text === null ? [] : [{ file, text }])),
    resources,
    actions,
  };
}
