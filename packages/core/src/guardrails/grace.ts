import { duration } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** After the healer's start the evidence gathers first. What the runner itself saw exit needs none. */
export const grace: Guardrail = {
  name: 'grace',
  over: 'all but what restores',
  check: ({ now, state, incident, playbook }) => {
    const { graceAfterStartMs, confirm } = playbook.open;
    if (state.startedAt === null || (incident.by === 'signal' && confirm.by === 'none')) return null;
    const until = state.startedAt + graceAfterStartMs;
    if (now >= until) return null;
    return {
      guardrail: 'grace',
      reason: `the healer started ${duration(now - state.startedAt)} ago; for ${duration(graceAfterStartMs)} nothing but what restores runs`,
      until,
      remedy: 'nothing: it ends by itself',
    };
  },
};
