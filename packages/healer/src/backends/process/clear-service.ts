import type { RunnerResult } from './messages.ts';
import { askRunner } from './runner-client.ts';

/**
 * Ends a service's maintenance and starts it, at its runner: a person's own doing, also where no healer runs. Null
 * where the runner gave no answer before the signal; rejects where no runner lives.
 */
export async function clearService(
  stateFolder: string,
  service: string,
  signal: AbortSignal,
): Promise<RunnerResult | null> {
  const results: RunnerResult[] = [];
  await askRunner(
    `${stateFolder}/${service}`,
    { type: 'clear' },
    (answer) => {
      if (answer.type === 'ended') results.push(answer.result);
    },
    signal,
  );
  return results[0] ?? null;
}
