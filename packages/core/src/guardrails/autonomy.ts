import { duration } from '../decide/wording.ts';
import type { Autonomy } from '../playbook/playbook.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

/** The autonomy in force, and why it is lower than the step wrote; null where it is not. */
export function autonomyInForce(facts: GuardrailFacts): {
  readonly autonomy: Autonomy;
  readonly lowered: string | null;
} {
  const { step } = facts;
  const lowered = step.autonomy === 'auto' ? whyAsk(facts) : null;
  return { autonomy: lowered === null ? step.autonomy : 'ask', lowered };
}

function whyAsk(facts: GuardrailFacts): string | null {
  const { state, now, step, assessment, playbook, incident, resource, attempt } = facts;
  if (step.effect === 'restores') return null;
  if (state.askUntil !== null && now < state.askUntil) {
    return `it flaps: ${state.openings.length} openings lately, so every step asks for another ${duration(state.askUntil - now)}`;
  }
  const unmapped = resource.nodes.filter((node) => node.target === undefined).map((node) => node.name);
  if (unmapped.length > 0) return `no target is declared for ${unmapped.join(', ')}`;
  if (step.effect === 'disrupts' && assessment.fewHosts && incident.by === 'reports') {
    return `all observers are on ${assessment.hostsRequired} host; write quorum.hosts: 1 where that is enough`;
  }
  const count = attempt?.targets?.ids.length ?? 0;
  const limit = playbook.limits.blastRadiusNodes;
  if (count > limit) return `the written target means ${count} nodes, more than the blast radius of ${limit}`;
  return null;
}

/** The last defence: what is in `shadow` is never carried out. */
export const autonomy: Guardrail = {
  name: 'autonomy',
  over: 'every attempt',
  check: (facts) => {
    if (facts.attempt === null || autonomyInForce(facts).autonomy !== 'shadow') return null;
    return {
      guardrail: 'autonomy',
      reason: `step ${facts.step.id} is in shadow: it only says what it would do`,
      until: null,
      remedy: `write autonomy: ask at step ${facts.step.id} of playbook ${facts.playbook.name}`,
    };
  },
};
