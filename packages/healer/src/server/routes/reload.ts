import type { FastifyInstance } from 'fastify';
import { RequestProblem } from '../problem.ts';

/** `POST /v1/reload`: reads configuration and playbooks anew; 409 where they cannot be used, with all problems. */
export function reloadRoute(app: FastifyInstance, reload: () => Promise<void>): void {
  app.post('/v1/reload', async () => {
    try {
      await reload();
    } catch (error) {
      // A sentence for a person, with a code; anything else is a fault of ours.
      if (error instanceof Error && 'code' in error)
        throw new RequestProblem('reload-refused', error.message);
      throw error;
    }
    return { reloaded: true };
  });
}
