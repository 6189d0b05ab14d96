import type { ResourceFacts } from '../decide/input.ts';
import { nearest } from '../document/nearest.ts';
import type { Problem } from '../document/problem.ts';
import type { ProblemCode } from '../document/problem-codes.ts';
import { labelsAskedFor } from '../parameters/parameters.ts';
import { checkDependencies } from './check-dependencies.ts';
import { bestMatches } from './match.ts';
import { factsUnder, fits, forLabels } from './override.ts';
import { type PlacedPlaybook, problemOf } from './placed.ts';
import type { Playbook } from './playbook.ts';

/**
 * What is wrong with the playbooks of an installation taken together, and with what they mean for the
 * resources that are configured. Problems stand where the playbook says it.
 */
export function checkPlaybooks(
  placed: readonly PlacedPlaybook[],
  resources: readonly ResourceFacts[],
): readonly Problem[] {
  const playbooks = placed.map(({ playbook }) => playbook);
  return [
    ...repeated(placed, 'playbook-name-repeated', 'playbook', ({ name }) => name),
    ...repeated(placed, 'playbook-for-repeated', 'for', (playbook) => playbook.for),
    ...resources.flatMap((resource) => checkResource(resource, playbooks, placed)),
    ...overridesForNobody(placed, resources),
    ...checkDependencies(placed, resources),
  ];
}

function repeated(
  placed: readonly PlacedPlaybook[],
  code: ProblemCode,
  at: 'playbook' | 'for',
  keyOf: (playbook: Playbook) => string,
): Problem[] {
  const first = new Map<string, PlacedPlaybook>();
  const problems: Problem[] = [];
  for (const one of placed) {
    const key = keyOf(one.playbook);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, one);
      continue;
    }
    const what = at === 'playbook' ? 'name' : 'pattern';
    const message = `the ${what} \`${key}\` is already that of the playbook \`${earlier.playbook.name}\` in ${earlier.file}`;
    const suggestion =
      at === 'playbook'
        ? 'give each playbook a name of its own'
        : 'a resource has one playbook: join the two';
    problems.push(problemOf(one, [at], { code, message, suggestion }));
  }
  return problems;
}

function checkResource(
  facts: ResourceFacts,
  playbooks: readonly Playbook[],
  placed: readonly PlacedPlaybook[],
): Problem[] {
  const best = bestMatches(facts.resource, playbooks);
  const [owner] = best;
  const place = placed.find(({ playbook }) => playbook === owner);
  if (owner === undefined || place === undefined) return [];
  const patterns = [...new Set(best.map((playbook) => playbook.for))];
  if (patterns.length > 1) {
    const message = `${facts.resource} is matched equally well by ${patterns.map((pattern) => `\`${pattern}\``).join(' and ')}`;
    const suggestion = `write \`for: ${facts.resource}\` in the one that shall own it`;
    return [problemOf(place, ['for'], { code: 'playbook-tie', message, suggestion })];
  }
  const { nodes } = factsUnder(owner, facts);
  const missing = labelsMissing(forLabels(owner, facts.labels), facts, place);
  const index = owner.ladder.findIndex((step) => step.target.select === 'failing-nodes');
  const failingNodesOnly = owner.ladder[index];
  const mapped = nodes.some((node) => node.target !== undefined);
  if (failingNodesOnly === undefined || mapped) return missing;
  const message = `\`${failingNodesOnly.id}\` repairs failing nodes, and no node of ${facts.resource} has a target: it would touch nothing`;
  const suggestion = `declare them: resources: { '${facts.resource}': { nodes: { NODE: { target: MINION } } } }`;
  const said = { severity: 'warning', code: 'no-node-targets', message, suggestion } as const;
  return [...missing, problemOf(place, ['ladder', index, 'target'], said)];
}

/** Overrides whose labels no resource of the playbook has: mostly a label that is misspelt. */
function overridesForNobody(
  placed: readonly PlacedPlaybook[],
  resources: readonly ResourceFacts[],
): readonly Problem[] {
  const playbooks = placed.map(({ playbook }) => playbook);
  return placed.flatMap((one) => {
    const overrides = one.playbook.overrides ?? [];
    if (overrides.length === 0) return [];
    const owned = resources.filter(({ resource }) => bestMatches(resource, playbooks).includes(one.playbook));
    if (owned.length === 0) return [];
    return overrides.flatMap((override, index) => {
      if (owned.some(({ labels }) => fits(override, labels))) return [];
      const text = Object.entries(override.labels)
        .map(([label, values]) => `${label}: ${values.join(' or ')}`)
        .join(', ');
      const message = `no resource of \`${one.playbook.name}\` has the labels ${text}: that override never holds`;
      const suggestion = 'correct the labels here or in prunella.yaml';
      const said = { severity: 'warning', code: 'override-for-nobody', message, suggestion } as const;
      return [problemOf(one, ['overrides', index, 'labels'], said)];
    });
  });
}

/** Labels that an argument asks for and the resource does not have: its order could never be filled in. */
function labelsMissing(playbook: Playbook, facts: ResourceFacts, place: PlacedPlaybook): Problem[] {
  const labels = Object.keys(facts.labels);
  return playbook.ladder.flatMap((step, index) =>
    labelsAskedFor(step.arguments)
      .filter((label) => !labels.includes(label))
      .map((label) => {
        const message = `step \`${step.id}\` asks for the label \`${label}\`, and ${facts.resource} has none: it would be refused`;
        const meant = nearest(label, labels);
        const suggestion =
          meant === null
            ? `declare it: resources: { '${facts.resource}': { labels: { ${label}: \u2026 } } }`
            : `did you mean \`labels.${meant}\`?`;
        return problemOf(place, ['ladder', index, 'with'], { code: 'label-missing', message, suggestion });
      }),
  );
}
