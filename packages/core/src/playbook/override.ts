import type { ResourceFacts } from '../decide/input.ts';
import { playbookFor } from './match.ts';
import type { OpenPolicy, Playbook, PlaybookOverride, Step, StepChange } from './playbook.ts';

/** The playbook that owns a resource, as it is for its labels. Undefined as in `playbookFor`. */
export function playbookUnder(facts: ResourceFacts, playbooks: readonly Playbook[]): Playbook | undefined {
  const owner = playbookFor(facts.resource, playbooks);
  return owner === undefined ? undefined : forLabels(owner, facts.labels);
}

/** The playbook with every override that the labels ask for, in order. */
export function forLabels(playbook: Playbook, labels: ResourceFacts['labels']): Playbook {
  const asked = (playbook.overrides ?? []).filter((override) => fits(override, labels));
  return asked.reduce(overridden, playbook);
}

/** What is declared for a resource, with the nodes, targets and failure domains that its playbook adds. */
export function factsUnder(playbook: Playbook, facts: ResourceFacts): ResourceFacts {
  const added = playbook.nodes ?? [];
  if (added.length === 0) return facts;
  const known = facts.nodes.map((node) => ({ ...added.find(({ name }) => name === node.name), ...node }));
  const names = new Set(known.map(({ name }) => name));
  return { ...facts, nodes: [...known, ...added.filter(({ name }) => !names.has(name))] };
}

/** Whether all labels of an override are there. */
export function fits(override: PlaybookOverride, labels: ResourceFacts['labels']): boolean {
  return Object.entries(override.labels).every(
    ([label, values]) => Object.hasOwn(labels, label) && values.includes(labels[label] ?? ''),
  );
}

/** One override applied, whatever the labels are. */
export function overridden(playbook: Playbook, override: PlaybookOverride): Playbook {
  const [first, ...others] = playbook.ladder;
  return {
    ...playbook,
    open: changedOpen(playbook.open, override.open),
    limits: { ...playbook.limits, ...override.limits },
    ...(override.windows === undefined ? {} : { windows: override.windows }),
    ladder: [changedBy(override, first), ...others.map((step) => changedBy(override, step))],
  };
}

function changedOpen(open: OpenPolicy, { quorum, ...others }: PlaybookOverride['open']): OpenPolicy {
  return { ...open, ...others, quorum: { ...open.quorum, ...quorum } };
}

function changedBy({ steps }: PlaybookOverride, step: Step): Step {
  const change = Object.hasOwn(steps, step.id) ? steps[step.id] : undefined;
  return change === undefined ? step : changedStep(step, change);
}

function changedStep(step: Step, { verify, arguments: given, ...others }: StepChange): Step {
  return {
    ...step,
    ...others,
    arguments: { ...step.arguments, ...given },
    verify: { ...step.verify, ...verify },
  };
}
