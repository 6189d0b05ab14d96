import { probeVerdict } from '../decide/probing.ts';
import type { Guardrail } from './guardrail.ts';

/** Where the playbook asks for confirmation, what the healer itself sees well is not repaired. */
export const ownProbe: Guardrail = {
  name: 'own-probe',
  over: 'all but what restores',
  check: ({ state, playbook }) => {
    if (playbook.open.confirm.by !== 'probe' || probeVerdict(state) !== 'passes') return null;
    return {
      guardrail: 'own-probe',
      reason: "the healer's own probe passes",
      until: null,
      remedy: 'see why the instances cannot reach what the healer can',
    };
  },
};
