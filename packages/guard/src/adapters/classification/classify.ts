import type { Classification } from '../../adapter.ts';
import { type ErrorFacts, factsWithin, fits } from './error-facts.ts';
import type { Row } from './row.ts';

/** Total: what no row knows is `caller` where the application's own code must have thrown it, else `unknown`. */
export function classifier(table: readonly Row[]): (thrown: unknown) => Classification {
  return (thrown) => {
    const errors = factsWithin(thrown);
    const row = table.find((candidate) => errors.some((error) => fits(error, candidate.when)));
    return row === undefined ? (errors.every(isApplicationsOwn) ? ownError : unknownError) : meaningOf(row);
  };
}

const ownError: Classification = { kind: 'caller', outcomeUnknown: false, evict: false };
const unknownError: Classification = { kind: 'unknown', outcomeUnknown: true, evict: true };

const meanings = new WeakMap<Row, Classification>();

function meaningOf(row: Row): Classification {
  let meaning = meanings.get(row);
  if (meaning === undefined) {
    meaning = { kind: row.kind, outcomeUnknown: row.outcomeUnknown === true, evict: row.evict === true };
    meanings.set(row, meaning);
  }
  return meaning;
}

/**
 * A TypeError, or an error class of the application's such as `NotFoundError`: drivers throw plain Errors or
 * give a code, and their own classes are in their tables. A thrown value that is no object has no facts at all.
 */
function isApplicationsOwn(error: ErrorFacts): boolean {
  return error.code === undefined && error.name !== undefined && error.name !== 'Error';
}
