import { type Environment, readSecret } from '../../configuration/secret.ts';
import type { BackendHealth } from '../backend.ts';
import type { HttpConfiguration } from './configuration.ts';
import { configuredHeaders } from './headers.ts';

/** Nothing is asked of the other side: an order is the only thing that it is known to take. */
export async function check(
  configuration: HttpConfiguration,
  environment: Environment,
): Promise<BackendHealth> {
  for (const [name, action] of Object.entries(configuration.actions)) {
    try {
      await configuredHeaders(action, environment);
      if (action.secret !== undefined) await readSecret(action.secret, environment);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return {
        ok: false,
        problem: `http.${name}: ${problem}`,
        remedy: 'put the secret where the configuration says',
      };
    }
  }
  const names = Object.keys(configuration.actions).map((name) => `http.${name}`);
  return { ok: true, detail: `${names.join(', ') || 'no action'} (nobody is asked before an order)` };
}
