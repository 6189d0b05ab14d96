import type { ActionFacts, ArgumentsSchema } from '@prunella/core';
import { fieldsOf, listOf } from './read.ts';
import { ask } from './request.ts';

/** What a step may name, as the healer's backends tell it. */
export interface KnownAction extends Pick<ActionFacts, 'action' | 'effect' | 'highestAutonomy'> {
  readonly backend: string;
  /** Null: any are taken. */
  readonly arguments: ArgumentsSchema | null;
  readonly promises: { readonly cancels: boolean; readonly dryRuns: boolean };
}

export async function askActions(signal?: AbortSignal): Promise<readonly KnownAction[]> {
  const { items } = fieldsOf(await ask('/v1/actions', signal === undefined ? {} : { signal }), 'actions');
  const actions = listOf<KnownAction>(items, 'actions', ['action', 'backend', 'effect', 'highestAutonomy']);
  for (const { arguments: schema, promises } of actions) {
    fieldsOf(promises, 'actions.promises');
    if (schema !== null) fieldsOf(schema.properties, 'actions.arguments.properties');
  }
  return actions;
}
