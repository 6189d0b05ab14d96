import { bestMatches, nearest, type PlacedPlaybook, type Problem, type Step } from '@prunella/core';
import { processActions } from '../backends/process/process-backend.ts';
import { nameTargets } from '../backends/process/targets.ts';
import type { Configuration } from './configuration.ts';
import { type Place, problemOfPlaybook } from './place.ts';

/** What a step of the process backend names and no declared service is: it would repair nothing. */
export function undeclaredServices(
  placed: readonly PlacedPlaybook[],
  configuration: Configuration,
  place: Place,
): readonly Problem[] {
  const { process } = configuration.backends;
  if (process === undefined) return [];
  const services = new Set(Object.keys(process.services));
  return [
    ...nodesWithoutService(placed, configuration, services, place),
    ...placed.flatMap((one) =>
      one.playbook.ladder.flatMap((step) => stepWithoutService(one, step, services)),
    ),
  ];
}

function nodesWithoutService(
  placed: readonly PlacedPlaybook[],
  { resources }: Configuration,
  services: ReadonlySet<string>,
  place: Place,
): Problem[] {
  const playbooks = placed.map(({ playbook }) => playbook);
  return Object.entries(resources).flatMap(([resource, { nodes }]) => {
    const [owner, rival] = bestMatches(resource, playbooks);
    if (owner === undefined || rival !== undefined) return [];
    const step = owner.ladder.find((one) => isOfProcess(one) && one.target.select === 'failing-nodes');
    if (step === undefined) return [];
    return Object.entries(nodes).flatMap(([node, { target }]) => {
      if (target === undefined || services.has(target)) return [];
      return [
        place(['resources', resource, 'nodes', node, 'target'], {
          code: 'unknown-service',
          message: `\`${step.action}\` of \`${owner.name}\` repairs ${resource} through \`${target}\`, which is no service of the process backend`,
          suggestion: suggest(target, services),
        }),
      ];
    });
  });
}

function stepWithoutService(one: PlacedPlaybook, step: Step, services: ReadonlySet<string>): Problem[] {
  const { target, action } = step;
  if (!isOfProcess(step) || target.select !== 'expression') return [];
  const named = nameTargets(
    { resource: one.playbook.for, action, target, failing: [], declared: [] },
    services,
  );
  if (!('error' in named) && named.targets.length > 0) return [];
  const said = {
    code: 'unknown-service' as const,
    message:
      'error' in named
        ? named.error
        : `\`${step.id}\` targets \`${target.expression}\`, which matches no service of the process backend`,
    suggestion: suggest(target.expression, services),
  };
  return [problemOfPlaybook(one, said, ['ladder', one.playbook.ladder.indexOf(step), 'target'])];
}

function isOfProcess({ action }: Step): boolean {
  return processActions.has(action);
}

function suggest(name: string, services: ReadonlySet<string>): string {
  const meant = nearest(name, services);
  if (meant !== null) return `did you mean \`${meant}\`?`;
  const known = [...services].slice(0, 12).join(', ');
  return known === ''
    ? 'declare one: backends: { process: { services: { NAME: { command: [PROGRAM] } } } }'
    : `declared services: ${known}`;
}
