import type { Problem } from '../document/problem.ts';
import type { ProblemText, TextPart, WrittenDocument } from '../document/source-document.ts';
import { type Path, valueAt } from '../document/value-path.ts';

type Place = readonly [document: WrittenDocument, path: Path];

/** A value put together from texts; each part of it knows in which of them it stands. */
export class MergedDocument implements WrittenDocument {
  readonly value: unknown;
  readonly #find: (path: Path) => Place;

  constructor(value: unknown, find: (path: Path) => Place) {
    this.value = value;
    this.#find = find;
  }

  problemAt(path: Path, said: ProblemText): Problem {
    const [document, at] = this.#find(path);
    return document.problemAt(at, said);
  }

  problemAtKey(path: Path, said: ProblemText): Problem {
    const [document, at] = this.#find(path);
    return document.problemAtKey(at, said);
  }

  problemWithin(path: Path, part: TextPart, said: ProblemText): Problem {
    const [document, at] = this.#find(path);
    return document.problemWithin(at, part, said);
  }

  lineAt(path: Path): number {
    const [document, at] = this.#find(path);
    return document.lineAt(at);
  }
}

/**
 * A playbook laid over the one that it extends. Maps are merged key by key, everything else is replaced; a step
 * whose `id` the other has is laid over that step; overrides come after the other's. What names a playbook and
 * what it is for is its own.
 */
export function laidOver(
  base: WrittenDocument,
  own: WrittenDocument,
  baseIds: readonly string[],
): WrittenDocument {
  const steps = listAt(own, 'ladder');
  const below = steps?.map((step) => baseIds.indexOf(textOf(valueAt(step, ['id']))));
  const before = listAt(base, 'overrides')?.length ?? 0;
  return new MergedDocument(merge(base, own, below), ([first, second, ...rest]) => {
    const path = [first, second, ...rest].filter((part) => part !== undefined);
    if (first === 'ladder' && typeof second === 'number' && below !== undefined) {
      const index = below[second] ?? -1;
      const under = ['ladder', index, ...rest];
      const isBelow = index >= 0 && valueAt(own.value, path) === undefined;
      return isBelow && valueAt(base.value, under) !== undefined ? [base, under] : [own, path];
    }
    if (first === 'overrides' && typeof second === 'number') {
      return second < before ? [base, path] : [own, ['overrides', second - before, ...rest]];
    }
    const isOwn = valueAt(own.value, path) !== undefined || valueAt(base.value, path) === undefined;
    return isOwn || isPersonal(first) ? [own, path] : [base, path];
  });
}

const personal: readonly unknown[] = ['playbook', 'for', 'template', 'extends'];

function isPersonal(key: PropertyKey | undefined): boolean {
  return personal.includes(key);
}

function merge(base: WrittenDocument, own: WrittenDocument, below: readonly number[] | undefined): unknown {
  const shared = Object.entries(recordOf(base.value)).filter(([key]) => !isPersonal(key));
  const value: Record<string, unknown> = mergeMaps(Object.fromEntries(shared), recordOf(own.value));
  const steps = listAt(own, 'ladder');
  if (steps !== undefined) {
    const baseSteps = listAt(base, 'ladder') ?? [];
    value['ladder'] = steps.map((step, index) =>
      mergeMaps(recordOf(baseSteps[below?.[index] ?? -1]), recordOf(step)),
    );
  }
  const overrides = [...(listAt(base, 'overrides') ?? []), ...(listAt(own, 'overrides') ?? [])];
  if (overrides.length > 0) value['overrides'] = overrides;
  return value;
}

function mergeMaps(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries(own).map(([key, value]) => {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isMap(before) && isMap(value) ? mergeMaps(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

function listAt(document: WrittenDocument, key: string): readonly unknown[] | undefined {
  const value = valueAt(document.value, [key]);
  return Array.isArray(value) ? value : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
