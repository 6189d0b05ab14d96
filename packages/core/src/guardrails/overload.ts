import type { LoadFacts } from '../decide/input.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

const believedMs = 60_000;

/** What is overloaded serves still less after a restart. Missed deadlines are overload where the load says so. */
export const overload: Guardrail = {
  name: 'overload',
  over: 'what disrupts',
  check: (facts) => {
    const { state, assessment } = facts;
    const overloaded = state.summary?.sickByKind.overloaded ?? 0;
    const load = heavyLoad(facts);
    const missed = load === null ? 0 : (state.summary?.sickByKind.timeout ?? 0);
    if (overloaded + missed === 0 || (overloaded + missed) * 2 < assessment.sick) return null;
    const told = overloaded === 0 ? [] : [`${overloaded} of ${assessment.sick} sick instances are told so`];
    const timedOut =
      missed === 0 || load === null
        ? []
        : [
            `${missed} of ${assessment.sick} miss deadlines while ${Math.round(load.utilisation * 100)} % of its ${load.of} are in use`,
          ];
    return {
      guardrail: 'overload',
      reason: `it is overloaded: ${[...told, ...timedOut].join(', ')}`,
      until: load === null ? null : load.at + believedMs,
      remedy: 'take load away, or add capacity',
    };
  },
};

/** The newest load figure where it is new and high enough; null otherwise. */
function heavyLoad({ state, playbook, now }: GuardrailFacts): LoadFacts | null {
  const load = state.around?.load ?? null;
  if (load === null || now - load.at >= believedMs) return null;
  return load.utilisation >= playbook.limits.overloadedFrom ? load : null;
}
