import { progressOf } from '../decide/turn.ts';
import { duration } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** `every`, from start to start; a run of a stronger step restarts that of all milder ones. */
export const cooldown: Guardrail = {
  name: 'cooldown',
  over: 'all but what restores',
  check: ({ now, incident, step, playbook }) => {
    const from = playbook.ladder.indexOf(step);
    const starts = playbook.ladder
      .slice(Math.max(0, from))
      .map((each) => progressOf(incident, each.id).startedAt ?? Number.NEGATIVE_INFINITY);
    const newest = Math.max(...starts);
    if (now >= newest + step.everyMs) return null;
    return {
      guardrail: 'cooldown',
      reason: `it, or a stronger step, started ${duration(now - newest)} ago; every is ${duration(step.everyMs)}`,
      until: newest + step.everyMs,
      remedy: 'nothing: it ends by itself',
    };
  },
};
