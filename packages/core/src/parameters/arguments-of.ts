import type { ResourceFacts } from '../decide/input.ts';
import type { Attempt, Incident } from '../decide/state.ts';
import type { Step } from '../playbook/playbook.ts';
import { type Filled, fillArguments } from './parameters.ts';

/** The arguments of a step for one attempt, once it is known whom it touches. */
export function argumentsOf(
  step: Pick<Step, 'arguments'>,
  incident: Pick<Incident, 'id'>,
  attempt: Pick<Attempt, 'id' | 'targets'>,
  facts: ResourceFacts,
): Filled {
  const targets = attempt.targets?.ids ?? [];
  const nodes = facts.nodes
    .filter(({ target }) => target !== undefined && targets.includes(target))
    .map(({ name }) => name);
  const { resource, labels } = facts;
  return fillArguments(step.arguments, {
    resource,
    labels,
    incident: incident.id,
    attempt: attempt.id,
    targets,
    nodes,
  });
}
