import type { Guardrail } from './guardrail.ts';

/** What opened the incident must still be so. An incident opened by a signal has no quorum to keep. */
export const quorum: Guardrail = {
  name: 'quorum',
  over: 'all but what restores',
  check: ({ incident, assessment, step, playbook }) => {
    if (incident.by === 'signal') return null;
    if (assessment.quorum === 'sick') {
      if (step.effect !== 'disrupts' || !assessment.fewHosts) return null;
      return {
        guardrail: 'quorum',
        asks: true,
        reason: `all observers are on ${assessment.hostsRequired} host; write quorum.hosts: 1 where that is enough`,
      };
    }
    // More than half unknown says neither that it is well nor that it is not.
    if (assessment.quorum === 'undecided' && step.effect !== 'disrupts') return null;
    const wanted = `the quorum is ${Math.round(playbook.open.quorum.share * 100)} % on ${assessment.hostsRequired} host(s)`;
    return {
      guardrail: 'quorum',
      reason: `${assessment.text}; ${wanted}`,
      until: null,
      remedy: 'see what the instances themselves say; it is looked at again with the next report',
    };
  },
};
