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
 * account in. What a signal has named since then is not known to answer.
 */
function refused({ state, incident, step }: GuardrailFacts) {
  if (step.effect !== 'disrupts' || step.when?.includes('auth') === true) return null;
  const failing = state.probes.filter(({ passed }) => !passed);
  const isAnswered = failing.every(
    ({ kind, beganAt }) => kind === 'auth' && beganAt >= (incident.signalAt ?? 0),
  );
  const [first] = failing;
  if (first === undefined || !isAnswered) return null;
  return {
    guardrail: 'own-probe',
    reason: `the server answers the healer's own probe, and refuses its account: ${first.detail}`,
    until: null,
    remedy: "correct the probe's user and password in prunella.yaml, then `prunella reload`",
  };
}
