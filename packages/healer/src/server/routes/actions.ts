import { type ActionFacts, type ArgumentsSchema, standardAutonomy } from '@prunella/core';
import { argumentsOf } from '../../backends/action-arguments.ts';
import type { Backend, BackendPromises } from '../../backends/backend.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** One action that a step may name. */
interface ActionView extends Pick<ActionFacts, 'action' | 'effect' | 'highestAutonomy'> {
  readonly backend: string;
  /** Where a step writes none. */
  readonly autonomy: typeof standardAutonomy;
  /** Null where any are taken. */
  readonly arguments: ArgumentsSchema | null;
  readonly promises: BackendPromises;
}

const listActions = {
  id: 'listActions',
  method: 'GET',
  path: '/v1/actions',
  summary: 'What a step may name as its `action`',
  description:
    'Of the backends that are configured: what each action does, how far it may go by itself, what `with` may hold, and what its backend promises of orders. A backend may still refuse arguments that fit their schema, such as a command that it does not list: `prunella check` says so.',
  role: 'viewer',
  answer: { status: 200, shape: 'Actions', description: 'By name.' },
} as const satisfies RouteDeclaration;

export function actionRoutes(add: AddRoute, backends: () => readonly Backend[]): void {
  add(listActions, () => ({
    items: backends()
      .flatMap(actionsOf)
      .sort((left, right) => (left.action < right.action ? -1 : 1)),
  }));
}

function actionsOf({ name, actions, promises }: Backend): readonly ActionView[] {
  return [...actions.values()].map(({ action, effect, highestAutonomy, dryRuns = false }) => ({
    action,
    backend: name,
    effect,
    autonomy: standardAutonomy,
    highestAutonomy,
    arguments: argumentsOf(action),
    promises: { ...promises, dryRuns: promises.dryRuns && dryRuns },
  }));
}
