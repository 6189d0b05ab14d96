import { duration } from '../decide/wording.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

const lookAgainMs = 30_000;

/** An empty set of targets means nothing, never everything. */
export const targets: Guardrail = {
  name: 'targets',
  over: 'every attempt',
  check: (facts) => {
    const { attempt, now } = facts;
    if (attempt === null || attempt.targets === null) return null;
    const { ids, silent } = attempt.targets;
    if (ids.length > 0 || silent.length > 0) return null;
    const { reason, remedy } = whyNobody(facts);
    return { guardrail: 'targets', reason: `${reason}; nothing is sent`, until: now + lookAgainMs, remedy };
  },
};

function whyNobody({ attempt, step, state, resource: { resource, nodes } }: GuardrailFacts) {
  if (step.target.select === 'expression') {
    return {
      reason: `the ${step.target.matcher} ${step.target.expression} means nobody`,
      remedy: `correct the target of step ${step.id}; it is resolved again in ${duration(lookAgainMs)}`,
    };
  }
  const asked = attempt?.targets?.failing ?? [];
  if (asked.length > 0) {
    return {
      reason: `the backend knows none of ${asked.join(', ')}`,
      remedy: `see that the targets of the nodes of ${resource} are what the backend calls them`,
    };
  }
  const withTarget = nodes.filter(({ target }) => target !== undefined).map(({ name }) => name);
  const failing = state.probes.filter(({ node, passed }) => node !== null && !passed);
  if (
    withTarget.length === 0 ||
    (failing.length > 0 && !failing.some(({ node }) => withTarget.includes(String(node))))
  ) {
    return {
      reason: 'no failing node has a target',
      remedy: `declare nodes of ${resource} with a target and a probe each`,
    };
  }
  return {
    reason:
      failing.length > 0
        ? 'no node with a target has failed its own probe often enough in a row'
        : 'no node fails its own probe, and no signal names one',
    remedy: `nothing, where the probe is still to answer; for a broken node that it does not see: prunella report ${resource} --node ${withTarget[0]}`,
  };
}
