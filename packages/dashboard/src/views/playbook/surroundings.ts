import type { ActionFacts, ResourceFacts } from '@prunella/core';
import { askPlaybooks, askResourceFacts, askWholePlaybook, type WholePlaybook } from '../../api/playbooks.ts';

const playbooksMost = 500;
const filesMost = 50;
const resourcesMost = 500;

/** What a playbook is read and checked together with. */
export interface Surroundings {
  /** Other files of playbooks. */
  readonly others: readonly { readonly file: string; readonly text: string }[];
  readonly resources: readonly ResourceFacts[];
  readonly actions: readonly ActionFacts[];
}

export async function askSurroundings(playbook: WholePlaybook, signal: AbortSignal): Promise<Surroundings> {
  const [{ items }, resources] = await Promise.all([
    askPlaybooks({ limit: playbooksMost }, signal),
    askResourceFacts('*', resourcesMost, signal),
  ]);
  const names = new Map(
    items.flatMap(({ file, name }) => (file === null || file === playbook.file ? [] : [[file, name]])),
  );
  const found = await Promise.all(
    [...names.values()].slice(0, filesMost).map((name) => askWholePlaybook(name, signal)),
  );
  const actions = new Map<string, ActionFacts>();
  for (const { action, effect } of items.flatMap(({ steps }) => steps)) {
    // The healer says what it makes of the steps in force; how far an action may go at most it does not say.
    if (isEffect(effect)) actions.set(action, { action, effect, highestAutonomy: 'auto' });
  }
  return {
    others: found.flatMap(({ file, text }) => (file === null || text === null ? [] : [{ file, text }])),
    resources,
    actions: [...actions.values()],
  };
}

function isEffect(effect: string): effect is ActionFacts['effect'] {
  return effect === 'restores' || effect === 'repairs' || effect === 'disrupts';
}
