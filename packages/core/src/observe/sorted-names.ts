import { summaryIdLimit } from '@prunella/protocol';
import { emptyRecord } from './record.ts';

/**
 * A multiset of names whose distinct names are kept in code unit order, in blocks: one long list would have to be
 * moved with each name that comes or goes, which a hundred thousand hosts would make the cost of each report.
 */
export interface SortedNames {
  readonly counts: Record<string, number>;
  /** In order, each in order, none empty; all names of a block come before those of the next. */
  readonly blocks: string[][];
  /** The first of them, as they were told last; null where one of them may be another. */
  first: string[] | null;
}

const blockLimit = 512;

export function emptyNames(): SortedNames {
  return { counts: emptyRecord(), blocks: [], first: null };
}

export function addName(set: SortedNames, name: string): void {
  const count = set.counts[name] ?? 0;
  set.counts[name] = count + 1;
  if (count > 0) return;
  forgetFirst(set, name);
  const index = Math.max(0, blockOf(set, name));
  const block = set.blocks[index];
  if (block === undefined) {
    set.blocks.push([name]);
    return;
  }
  block.splice(positionOf(block, name), 0, name);
  if (block.length > blockLimit) set.blocks.splice(index + 1, 0, block.splice(blockLimit / 2));
}

export function removeName(set: SortedNames, name: string): void {
  const count = set.counts[name] ?? 0;
  if (count > 1) {
    set.counts[name] = count - 1;
    return;
  }
  if (count === 0) return;
  delete set.counts[name];
  forgetFirst(set, name);
  const index = blockOf(set, name);
  const block = set.blocks[index];
  if (block === undefined) return;
  block.splice(positionOf(block, name), 1);
  if (block.length === 0) set.blocks.splice(index, 1);
}

/** The first distinct names, at most 256. A list once handed out is never changed. */
export function firstNames(set: SortedNames): readonly string[] {
  if (set.first !== null) return set.first;
  const names: string[] = [];
  for (const block of set.blocks) {
    names.push(...block.slice(0, summaryIdLimit - names.length));
    if (names.length >= summaryIdLimit) break;
  }
  set.first = names;
  return names;
}

function forgetFirst(set: SortedNames, name: string): void {
  const { first } = set;
  const last = first?.[summaryIdLimit - 1];
  if (last === undefined || name <= last) set.first = null;
}

/** The block in which `name` stands, or would stand; -1 where it would be the first of all. */
function blockOf({ blocks }: SortedNames, name: string): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((blocks[middle]?.[0] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low - 1;
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
