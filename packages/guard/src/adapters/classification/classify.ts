import type { Classification } from '../../adapter.ts';
import { type ErrorFacts, factsWithin, fits } from './error-facts.ts';
import type { Row } from './row.ts';

/** Total: what no row knows is `caller` where the application's own code must have thrown it, else `unknown`. */
export function classifier(table: readonly Row[]): (thrown: unknown) => Classification {
  return (thrown) => {
    const errors = factsWithin(thrown);
    const row = findRow(table, errors);
    if (row !== undefined) {
      return { kind: row.kind, outcomeUnknown: row.outcomeUnknown === true, evict: row.evict === true };
    }
    return errors.every(isApplicationsOwn) ? ownError : unknownError;
  };
}

/** The row that decides, the first in the table that fits the error or something that it wraps. */
export function findRow(table: readonly Row[], errors: readonly ErrorFacts[]): Row | undefined {
  return table.find((row) => errors.some((error) => fits(error, row.when)));
}

const ownError: Classification = { kind: 'caller', outcomeUnknown: false, evict: false };
const unknownError: Classification = { kind: 'unknown', outcomeUnknown: true, evict: true };

/**
 * A TypeError, or an error of the application's that is named, such as `NotFoundError`: drivers throw plain Errors or
 * give a code, and their own classes are in their tables. A thrown value that is no object has no facts at all.
 */
function isApplicationsOwn(error: ErrorFacts): boolean {
  return error.code === undefined && error.name !== undefined && error.name !== 'Error';
}
