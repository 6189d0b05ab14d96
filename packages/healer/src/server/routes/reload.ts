import { RequestProblem } from '../problem.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const declaration = {
  id: 'reload',
  method: 'POST',
  path: '/v1/reload',
  summary: 'Reads configuration and playbooks anew',
  description: 'Taken whole or not at all; a refusal lists all problems.',
  role: 'admin',
  answer: { status: 200, shape: 'Reloaded', description: 'What is written is in force.' },
  problems: ['reload-refused'],
} as const satisfies RouteDeclaration;

export function reloadRoute(add: AddRoute, reload: () => Promise<void>): void {
  add(declaration, async () => {
    try {
      await reload();
    } catch (error) {
      // A sentence for a person, with a code; anything else is a fault of ours.
      if (error instanceof Error && 'code' in error)
        throw new RequestProblem('reload-refused', error.message);
      throw error;
    }
    return { reloaded: true } as const;
  });
}
