import { summaryIdLimit } from '@prunella/protocol';
import { popEntry, pushEntry } from './heap.ts';
import { emptyRecord } from './record.ts';

/**
 * A multiset of names of which only the first are kept in order, since nobody is told more. The others lie in a
 * heap: to keep a hundred thousand hosts in order would be the greater part of what a report costs.
 */
export interface SortedNames {
  /** How many hold each name; 0 for one that nobody holds and that still lies in `rest`. */
  readonly counts: Record<string, number>;
  /** The first distinct names in code unit order, at most 256. A list that was handed out is never changed. */
  first: readonly string[];
  /** The others, each once, the next one on top: all come after those in `first`. Empty while that has room. */
  rest: string[];
  /** How many names of `rest` nobody holds. */
  gone: number;
}

export function emptyNames(): SortedNames {
  return { counts: emptyRecord(), first: [], rest: [], gone: 0 };
}

export function addName(set: SortedNames, name: string): void {
  const count = set.counts[name];
  set.counts[name] = (count ?? 0) + 1;
  if (count === 0) set.gone -= 1;
  if (count !== undefined) return;
  const last = set.first[summaryIdLimit - 1];
  if (last !== undefined && name > last) {
    pushEntry(set.rest, name, isBefore);
    return;
  }
  const first = set.first.toSpliced(positionOf(set.first, name), 0, name);
  const pushedOut = first.length > summaryIdLimit ? first.pop() : undefined;
  if (pushedOut !== undefined) pushEntry(set.rest, pushedOut, isBefore);
  set.first = first;
}

export function removeName(set: SortedNames, name: string): void {
  const count = set.counts[name] ?? 0;
  if (count === 0) return;
  if (count > 1) {
    set.counts[name] = count - 1;
    return;
  }
  const last = set.first.at(-1);
  if (last !== undefined && name > last) {
    set.counts[name] = 0;
    set.gone += 1;
    if (set.gone > 2 * (set.rest.length - set.gone) + summaryIdLimit) dropGone(set);
    return;
  }
  delete set.counts[name];
  const next = takeNext(set);
  const first = set.first.toSpliced(positionOf(set.first, name), 1);
  if (next !== undefined) first.push(next);
  set.first = first;
}

/** The first distinct names, at most 256. A list once handed out is never changed. */
export function firstNames(set: SortedNames): readonly string[] {
  return set.first;
}

/** Takes the first held name out of the rest. */
function takeNext(set: SortedNames): string | undefined {
  for (;;) {
    const next = popEntry(set.rest, isBefore);
    if (next === undefined || set.counts[next] !== 0) return next;
    delete set.counts[next];
    set.gone -= 1;
  }
}

/** So that hosts which come and go for ever take no more room than those that are there. */
function dropGone(set: SortedNames): void {
  const held: string[] = [];
  for (const name of set.rest) {
    if (set.counts[name] === 0) delete set.counts[name];
    else pushEntry(held, name, isBefore);
  }
  set.rest = held;
  set.gone = 0;
}

function isBefore(left: string, right: string): boolean {
  return left < right;
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
