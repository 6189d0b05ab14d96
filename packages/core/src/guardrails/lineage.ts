import { duration } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** What our own repair broke is not repaired by the next one at once: repairs must not trigger repairs. */
export const lineage: Guardrail = {
  name: 'lineage',
  over: 'all but what restores',
  check: ({ incident, playbook, now }) => {
    const { cause } = incident;
    if (cause === undefined) return null;
    const whose = cause.resource === null ? '' : ` of ${cause.resource}`;
    const where = cause.targets.length === 0 ? '' : ` on ${cause.targets.join(', ')}`;
    const reason = `it began after our own attempt ${cause.attempt}${whose}${where}`;
    const remedy = `see what ${cause.attempt} did, and repair by hand`;
    if (cause.endedAt === null) {
      return { guardrail: 'lineage', reason: `${reason}, which is not over`, until: null, remedy };
    }
    const until = cause.endedAt + playbook.limits.afterOwnAttemptMs;
    if (now >= until) return { guardrail: 'lineage', asks: true, reason };
    return {
      guardrail: 'lineage',
      reason: `${reason}, which ended ${duration(now - cause.endedAt)} ago; ${duration(playbook.limits.afterOwnAttemptMs)} must pass`,
      until,
      remedy,
    };
  },
};
