import { emptyRecord } from './record.ts';

/** A multiset of names whose distinct names are kept in code unit order. */
export interface SortedNames {
  readonly counts: Record<string, number>;
  readonly names: string[];
}

export function emptyNames(): SortedNames {
  return { counts: emptyRecord(), names: [] };
}

export function addName(set: SortedNames, name: string): void {
  const count = set.counts[name] ?? 0;
  set.counts[name] = count + 1;
  if (count === 0) set.names.splice(positionOf(set.names, name), 0, name);
}

export function removeName(set: SortedNames, name: string): void {
  const count = set.counts[name] ?? 0;
  if (count > 1) {
    set.counts[name] = count - 1;
    return;
  }
  if (count === 0) return;
  delete set.counts[name];
  set.names.splice(positionOf(set.names, name), 1);
}

/** Where `name` stands, or would stand, in a sorted list. */
export function positionOf(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
