import { nearest } from '@prunella/core';
import { CommandFailure } from './failure.ts';

/** Names the one that was meant, else some of those that there are. */
export function unknownResource(resource: string, known: readonly string[]): CommandFailure {
  const meant = nearest(resource, known);
  const shown = known.length === 0 ? 'none' : known.slice(0, 20).join(', ');
  return new CommandFailure(
    1,
    'resource-unknown',
    `the healer knows no resource ${resource}`,
    meant === null ? `it knows: ${shown}` : `did you mean ${meant}?`,
  );
}
