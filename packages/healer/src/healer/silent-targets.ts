import { factsUnder, playbookUnder } from '@prunella/core';
import type { Backend, TargetRequest } from '../backends/backend.ts';
import { resourceFacts } from '../configuration/load.ts';
import type { Plan } from './plan.ts';

interface Mapped {
  readonly resource: string;
  readonly node: string;
  readonly target: string;
}

/**
 * Declared targets that a backend does not know or does not hear, a sentence each. Every backend is asked once
 * for all of them; one that cannot tell says nothing here, since its health does.
 */
export async function silentTargets(
  plan: Plan,
  backends: readonly Backend[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = backends.map(async (backend) => {
    const mapped = mappedTo(backend, plan);
    const [first] = mapped;
    if (first === undefined) return [];
    const request: TargetRequest = {
      resource: first.resource,
      action: first.action,
      target: { select: 'failing-nodes' },
      failing: mapped,
      declared: mapped,
    };
    const { resolved, targets, error } = await backend.resolve(request, signal);
    if (!resolved || error !== undefined) return [];
    const heard = new Set(targets.filter(({ responding }) => responding).map(({ id }) => id));
    return mapped.filter(({ target }) => !heard.has(target)).map((one) => sentence(one, backend));
  });
  return (await Promise.all(asked)).flat();
}

function mappedTo(backend: Backend, { configuration, playbooks }: Plan) {
  return resourceFacts(configuration).flatMap((declared) => {
    const playbook = playbookUnder(declared, playbooks);
    if (playbook === undefined) return [];
    const { resource, nodes } = factsUnder(playbook, declared);
    const step = playbook.ladder.find(
      ({ action, target }) => target.select === 'failing-nodes' && backend.actions.has(action),
    );
    if (step === undefined) return [];
    return nodes.flatMap(({ name, target }) =>
      target === undefined ? [] : [{ resource, node: name, target, action: step.action }],
    );
  });
}

function sentence({ resource, node, target }: Mapped, { name }: Backend): string {
  const whom = name === 'salt' ? `the minion ${target}` : `${target} of the backend ${name}`;
  return `${whom} (node ${node} of ${resource}) is not known or does not answer: correct the target, or bring it up; until then nothing can be repaired there`;
}
