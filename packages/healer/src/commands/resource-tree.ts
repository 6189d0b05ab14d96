import type { ResourceAnswer } from './resource-answers.ts';

/** One line of a tree of resources: how deep it stands, and how it is there. */
export interface TreeLine {
  readonly depth: number;
  readonly resource: string;
  /** Null where the healer does not know it. */
  readonly state: string | null;
}

export interface DependencyTree {
  /** What it needs, nearest first. */
  readonly needs: readonly TreeLine[];
  /** What needs it. */
  readonly neededBy: readonly TreeLine[];
  /** Some were left out, since there are so many. */
  readonly cut: boolean;
}

const deepest = 5;
const mostLines = 40;

type Ask = (resource: string) => Promise<ResourceAnswer>;

/** Both directions from one resource, each other resource once. Bounded: a tree of thousands helps nobody. */
export async function dependencyTree(resource: ResourceAnswer, ask: Ask): Promise<DependencyTree> {
  const needs = await climb(resource, ask, ({ dependsOn }) => dependsOn);
  const neededBy = await climb(resource, ask, ({ dependants }) => dependants.names);
  return { needs: needs.lines, neededBy: neededBy.lines, cut: needs.cut || neededBy.cut };
}

async function climb(
  from: ResourceAnswer,
  ask: Ask,
  nextOf: (resource: ResourceAnswer) => readonly string[],
): Promise<{ readonly lines: readonly TreeLine[]; readonly cut: boolean }> {
  const lines: TreeLine[] = [];
  const seen = new Set([from.resource]);
  let cut = false;
  const visit = async (resource: ResourceAnswer, depth: number): Promise<void> => {
    for (const name of nextOf(resource)) {
      if (seen.has(name)) continue;
      if (depth > deepest || lines.length >= mostLines) {
        cut = true;
        return;
      }
      seen.add(name);
      const other = await ask(name).catch(() => null);
      lines.push({ depth, resource: name, state: other?.state ?? null });
      if (other !== null) await visit(other, depth + 1);
    }
  };
  await visit(from, 0);
  return { lines, cut };
}
