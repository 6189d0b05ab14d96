import { probeVerdict } from '../decide/probing.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

/** Where the playbook asks for confirmation, what the healer itself sees well is not repaired. */
export const ownProbe: Guardrail = {
  name: 'own-probe',
  over: 'all but what restores',
  check: (facts) => {
    const { state, playbook } = facts;
    if (playbook.open.confirm.by !== 'probe') return null;
    if (probeVerdict(state) !== 'passes') return refused(facts);
    return {
      guardrail: 'own-probe',
      reason: "the healer's own probe passes",
      until: null,
      remedy: 'see why the instances cannot reach what the healer can',
    };
  },
};

/**
 * A server that refuses the probe's account has answered: it may serve everybody else, and no restart lets the
 * account in. A signal since then asks for another probe, which says whether that has changed; until it ends the
 * last one stands, else every further alert would let one restart through.
 */
function refused({ state, incident, step }: GuardrailFacts) {
  if (step.effect !== 'disrupts' || step.when?.includes('auth') === true) return null;
  const failing = state.probes.filter(({ passed }) => !passed);
  const [first] = failing;
  if (first === undefined || failing.some(({ kind }) => kind !== 'auth')) return null;
  const isOvertaken = failing.every(({ beganAt }) => beganAt < (incident.signalAt ?? 0));
  return {
    guardrail: 'own-probe',
    reason: isOvertaken
      ? `the healer's own probe was refused its account before the newest signal, and the next has not ended: ${first.detail}`
      : `the server answers the healer's own probe, and refuses its account: ${first.detail}`,
    until: null,
    remedy: "correct the probe's user and password in prunella.yaml, then `prunella reload`",
  };
}
