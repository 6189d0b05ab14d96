import type { KnownAction } from '../api/actions.ts';
import type { Attempt, Incident } from '../api/answers.ts';

interface InFlight {
  readonly resource: string;
  readonly attempt: Attempt;
}

/** Attempts that are in this phase. */
export function attemptsIn(phase: Attempt['phase'], incidents: readonly Incident[]): readonly InFlight[] {
  return incidents.flatMap(({ resource, attempts }) =>
    attempts.filter((each) => each.phase === phase).map((attempt) => ({ resource, attempt })),
  );
}

/** What a stop of all repairs does to an attempt that runs. */
export function stoppedText({ action }: Attempt, actions: readonly KnownAction[] | null): string {
  const known = actions?.find((each) => each.action === action);
  if (known === undefined) return 'it is cancelled where that can be done, and else runs to its end';
  return known.promises.cancels
    ? 'it is cancelled; what it has changed by then stays'
    : 'it cannot be cancelled, and runs to its end';
}
