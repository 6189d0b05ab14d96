import type { ResourceFacts } from '../decide/input.ts';
import { nearest } from '../document/nearest.ts';
import type { Problem } from '../document/problem.ts';
import { bestMatches } from './match.ts';
import { type PlacedPlaybook, problemOf } from './placed.ts';

/** Names of a circle that a message shows. */
const namesShown = 6;

/**
 * What is wrong with `dependsOn`. Where no resource is declared only circles of the resources that playbooks name
 * are seen.
 */
export function checkDependencies(
  placed: readonly PlacedPlaybook[],
  resources: readonly ResourceFacts[],
): readonly Problem[] {
  const declared = resources.map(({ resource }) => resource);
  const isDeclared = declared.length > 0;
  const names = isDeclared ? declared : namedByPlaybooks(placed);
  const unknown = (isDeclared ? placed : []).flatMap((one) =>
    one.playbook.dependsOn.flatMap((needed, index) => {
      if (names.includes(needed)) return [];
      const meant = nearest(needed, names);
      const message = `\`${one.playbook.name}\` depends on ${needed}, and no such resource is declared: nothing would ever be waited for`;
      const suggestion = meant === null ? `declare ${needed} in prunella.yaml` : `did you mean \`${meant}\`?`;
      return [problemOf(one, ['dependsOn', index], { code: 'depends-on-unknown', message, suggestion })];
    }),
  );
  const owners = new Map<string, PlacedPlaybook>();
  for (const name of names) {
    const [owner] = bestMatches(
      name,
      placed.map(({ playbook }) => playbook),
    );
    const place = placed.find(({ playbook }) => playbook === owner);
    if (place !== undefined) owners.set(name, place);
  }
  const circle = onCircles(names, (name) => owners.get(name)?.playbook.dependsOn ?? []);
  const [first] = circle;
  const owner = first === undefined ? undefined : owners.get(first);
  if (first === undefined || owner === undefined) return unknown;
  const shown = `${circle.slice(0, namesShown).join(', ')}${circle.length > namesShown ? ', \u2026' : ''}`;
  return [
    ...unknown,
    problemOf(owner, ['dependsOn'], {
      code: 'depends-on-cycle',
      message: `${shown} depend on one another: while they are sick together none would be repaired`,
      suggestion: 'take out the `dependsOn` of the one that is to be repaired first',
    }),
  ];
}

function namedByPlaybooks(placed: readonly PlacedPlaybook[]): readonly string[] {
  const patterns = placed.map(({ playbook }) => playbook.for);
  return [...new Set(patterns.filter((pattern) => !pattern.includes('*')))];
}

/** The resources on a circle of dependencies, or between two circles. */
function onCircles(
  names: readonly string[],
  dependsOn: (name: string) => readonly string[],
): readonly string[] {
  // A playbook for many resources may name one of them, which does not depend on itself.
  const edges = names.map((name): [string, Set<string>] => [
    name,
    new Set(dependsOn(name).filter((needed) => needed !== name)),
  ]);
  return trimmed(new Map(edges.filter(([, needed]) => needed.size > 0)));
}

/** What is left when nodes without a way in or without a way out are taken away again and again. */
function trimmed(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const forward = withoutEnds(edges);
  const backward = new Map<string, Set<string>>();
  for (const [from, tos] of forward) {
    for (const to of tos) backward.set(to, (backward.get(to) ?? new Set()).add(from));
  }
  return [...withoutEnds(backward).keys()].sort();
}

function withoutEnds(edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const left = new Map([...edges].map(([from, tos]) => [from, new Set(tos)]));
  const into = new Map<string, string[]>();
  for (const [from, tos] of edges) {
    for (const to of tos) {
      const froms = into.get(to);
      if (froms === undefined) into.set(to, [from]);
      else froms.push(from);
    }
  }
  const ends = [...into.keys()].filter((node) => !left.has(node));
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    for (const from of into.get(end) ?? []) {
      const tos = left.get(from);
      tos?.delete(end);
      if (tos?.size === 0) {
        left.delete(from);
        ends.push(from);
      }
    }
  }
  return left;
}
