import { domainsTouched } from '../decide/domains.ts';
import { list, plural } from '../decide/wording.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

const rounding = 1e-9;

/**
 * What one attempt may touch: nodes, their share, failure domains. `failing-nodes` is cut to it when it is
 * resolved; an expression that means more asks a person, who then says yes to that very list.
 */
export const blastRadius: Guardrail = {
  name: 'blast-radius',
  over: 'all but what restores',
  check: (facts) => {
    const over = whatIsTooWide(facts);
    if (over === null) return null;
    if (facts.step.target.select === 'expression') {
      return { guardrail: 'blast-radius', asks: true, reason: `the written target means ${over.reason}` };
    }
    return {
      guardrail: 'blast-radius',
      reason: over.reason,
      until: null,
      remedy: `raise limits.${over.key} in the playbook`,
    };
  },
};

/** Targets that an attempt may touch at most, by number and by share of the declared nodes; always one. */
export function mostTargets({ playbook, resource }: Pick<GuardrailFacts, 'playbook' | 'resource'>): number {
  const { blastRadiusNodes, blastRadiusShare } = playbook.limits;
  const byShare = Math.floor(blastRadiusShare * resource.nodes.length + rounding);
  return resource.nodes.length === 0 ? blastRadiusNodes : Math.min(blastRadiusNodes, Math.max(1, byShare));
}

function whatIsTooWide(facts: GuardrailFacts): { readonly reason: string; readonly key: string } | null {
  const { attempt, playbook, resource } = facts;
  const ids = attempt?.targets?.ids ?? [];
  const { blastRadiusNodes, blastRadiusShare, blastRadiusDomains } = playbook.limits;
  if (ids.length > blastRadiusNodes) {
    return {
      reason: `${ids.length} nodes; an attempt may touch ${blastRadiusNodes}`,
      key: 'blastRadiusNodes',
    };
  }
  if (ids.length > mostTargets(facts)) {
    const share = Math.round(blastRadiusShare * 100);
    return {
      reason: `${ids.length} of ${plural(resource.nodes.length, 'node')}; an attempt may touch ${share} %`,
      key: 'blastRadiusShare',
    };
  }
  const domains = attempt?.targets == null ? [] : domainsTouched(attempt.targets, resource.nodes);
  if (domains.length <= blastRadiusDomains) return null;
  return {
    reason: `nodes in ${plural(domains.length, 'failure domain')} (${list(domains)}); an attempt may touch ${blastRadiusDomains}`,
    key: 'blastRadiusDomains',
  };
}
