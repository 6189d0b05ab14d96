// Stands for `vitest` in the test files of core: collects tests instead of running them. The assertions are
// vitest's own.
export { expect, vi } from 'vitest';

export interface CollectedTest {
  readonly name: string;
  readonly body: () => unknown;
}

type Body = (...given: never[]) => unknown;

const path: string[] = [];
let collected: CollectedTest[] = [];

/** The tests that were declared since the last call. */
export function takeCollected(): readonly CollectedTest[] {
  const taken = collected;
  collected = [];
  return taken;
}

export function describe(name: string, body: () => void): void {
  path.push(name);
  try {
    body();
  } finally {
    path.pop();
  }
}

export function it(name: string, ...rest: readonly unknown[]): void {
  const body = rest.find((each) => typeof each === 'function') as (() => unknown) | undefined;
  if (body === undefined) throw new TypeError(`The test ${name} has no function.`);
  const wanted = [...path, name].join(' > ');
  const namesakes = collected.filter(
    (each) => each.name === wanted || each.name.startsWith(`${wanted} (`),
  ).length;
  collected.push({ name: namesakes === 0 ? wanted : `${wanted} (${namesakes + 1})`, body });
}

it.each =
  (rows: readonly unknown[]) =>
  (name: string, ...rest: readonly unknown[]): void => {
    const body = rest.find((each) => typeof each === 'function') as Body;
    for (const row of rows) {
      it(name, () => body(...((Array.isArray(row) ? row : [row]) as never[])));
    }
  };
