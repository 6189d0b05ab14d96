import type { NodeFacts } from './input.ts';
import type { AttemptTargets } from './state.ts';

/** The failure domains that an attempt on these targets touches: as declared, else as the backend knows them. */
export function domainsTouched(
  { ids, domains }: Pick<AttemptTargets, 'ids' | 'domains'>,
  nodes: readonly NodeFacts[],
): readonly string[] {
  const known = new Map(Object.entries(domains ?? {}));
  const touched = ids.flatMap((id) => {
    const declared = nodes.flatMap((node) =>
      node.target === id && node.domain !== undefined ? [node.domain] : [],
    );
    if (declared.length > 0) return declared;
    const domain = known.get(id);
    return domain === undefined ? [] : [domain];
  });
  return [...new Set(touched)];
}
