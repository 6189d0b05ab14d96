import type { ActingElsewhere, Hold } from '../decide/input.ts';
import { duration } from '../decide/wording.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

/** Two who repair at once undo each other's work: whoever was there first goes on alone. */
export const somebodyElse: Guardrail = {
  name: 'somebody-else',
  over: 'every attempt',
  check: (facts) => byPerson(facts) ?? byDeploy(facts) ?? byOthers(facts),
};

function byPerson({ incident, now }: GuardrailFacts): Hold | null {
  const { claim } = incident;
  if (claim === undefined) return null;
  return {
    guardrail: 'somebody-else',
    reason: `${claim.by} has claimed it ${duration(now - claim.at)} ago${claim.reason === '' ? '' : `: ${claim.reason}`}`,
    until: null,
    remedy: `prunella release ${incident.id}`,
  };
}

function byDeploy({ state, now }: GuardrailFacts): Hold | null {
  const deploy = state.around?.deploy;
  if (deploy === undefined || now >= deploy.endsAt) return null;
  return {
    guardrail: 'somebody-else',
    reason: `a deploy (${deploy.what}) announced by ${deploy.by} runs for another ${duration(deploy.endsAt - now)}`,
    until: deploy.endsAt,
    remedy: 'announce it anew with no duration once it has ended',
  };
}

function byOthers(facts: GuardrailFacts): Hold | null {
  const { now, state } = facts;
  for (const { source, acting } of state.around?.acting ?? []) {
    const present = acting.find((each) => now < each.until && concerns(each, facts));
    if (present === undefined) continue;
    const whom = present.targets === null ? '' : ` on ${present.targets.join(', ')}`;
    return {
      guardrail: 'somebody-else',
      reason: `${present.what}${whom} for ${duration(now - present.since)}: ${present.detail} (seen by ${source})`,
      until: present.until,
      remedy: `wait for its end; ${source} is asked again`,
    };
  }
  return null;
}

/** Before its targets are known, an attempt may touch any declared node. */
function concerns({ targets }: ActingElsewhere, { attempt, resource }: GuardrailFacts): boolean {
  if (targets === null) return true;
  const resolved = attempt?.targets ?? null;
  if (resolved?.resolved === true) return resolved.ids.some((id) => targets.includes(id));
  const declared = resource.nodes.map(({ target }) => target);
  const isAll = declared.length > 0 && declared.every((id) => id !== undefined && targets.includes(id));
  // Unresolved targets may be anybody's; what is not proposed yet waits only where every node is taken.
  return resolved === null ? isAll : true;
}
