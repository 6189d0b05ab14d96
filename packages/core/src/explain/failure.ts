import type { Attempt } from '../decide/state.ts';

const longestText = 600;
const targetsNamed = 3;

/** What the backend said of an order that did not wholly succeed, or never left; null where all went well. */
export function failureOf(attempt: Attempt): string | null {
  const { result } = attempt;
  if (attempt.phase === 'withdrawn') return attempt.startedAt === null ? null : attempt.reason;
  if (result === null) return null;
  const failed = failedTargets(attempt);
  if (result.outcome === 'succeeded' && failed.length === 0) return null;
  const named = failed
    .filter(({ detail }) => !`${result.summary}`.includes(detail))
    .slice(0, targetsNamed)
    .map(({ id, outcome, detail }) =>
      detail.startsWith(outcome) ? `${id} ${detail}` : `${id} ${outcome}: ${detail}`,
    );
  return cut([result.summary, ...named].join('; '));
}

/** What a person can do about it: a refusal at the target says itself what is missing there. */
export function failureRemedies(attempt: Attempt): string[] {
  const refused = failedTargets(attempt).filter(({ outcome }) => outcome === 'refused');
  if (refused.length > 0) {
    return refused
      .slice(0, targetsNamed)
      .map(({ id, detail }) => `mend at ${id} what refused ${attempt.action}: ${cut(detail)}`);
  }
  const failure = failureOf(attempt);
  return failure === null ? [] : [`see why ${attempt.action} fails: ${failure}`];
}

/** As texts, whatever a backend of somebody else's put there: what is told of a result must not stop the healer. */
function failedTargets(attempt: Attempt) {
  return (attempt.result?.targets ?? [])
    .filter(({ outcome }) => outcome !== 'succeeded')
    .map(({ id, outcome, detail }) => ({ id: `${id}`, outcome: `${outcome}`, detail: `${detail ?? ''}` }));
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}\u2026`;
}
