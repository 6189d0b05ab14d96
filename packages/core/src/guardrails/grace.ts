import { duration } from '../decide/wording.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

/** After the healer's start the evidence gathers first; after a deploy the new settles first. */
export const grace: Guardrail = {
  name: 'grace',
  over: 'all but what restores',
  check: (facts) => {
    const start = afterStart(facts);
    const deploy = afterDeploy(facts);
    const longer = (deploy?.until ?? 0) > (start?.until ?? 0) ? deploy : start;
    if (longer === null) return null;
    return { guardrail: 'grace', ...longer, remedy: 'nothing: it ends by itself' };
  },
};

interface Until {
  readonly reason: string;
  readonly until: number;
}

/** What the runner itself saw exit needs no evidence to gather. */
function afterStart({ now, state, incident, playbook }: GuardrailFacts): Until | null {
  const { graceAfterStartMs, confirm } = playbook.open;
  if (state.startedAt === null || (incident.by === 'signal' && confirm.by === 'none')) return null;
  const until = state.startedAt + graceAfterStartMs;
  if (now >= until) return null;
  return {
    reason: `the healer started ${duration(now - state.startedAt)} ago; for ${duration(graceAfterStartMs)} nothing but what restores runs`,
    until,
  };
}

/** While it runs, `somebody-else` holds. */
function afterDeploy({ now, state, playbook }: GuardrailFacts): Until | null {
  const deploy = state.around?.deploy;
  if (deploy === undefined || now < deploy.endsAt) return null;
  const { graceAfterDeployMs } = playbook.open;
  const until = deploy.endsAt + graceAfterDeployMs;
  if (now >= until) return null;
  return {
    reason: `a deploy (${deploy.what}) ended ${duration(now - deploy.endsAt)} ago; for ${duration(graceAfterDeployMs)} nothing but what restores runs`,
    until,
  };
}
