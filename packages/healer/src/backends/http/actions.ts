import type { ActionFacts } from '@prunella/core';
import type { HttpConfiguration } from './configuration.ts';

/** What each configured action does and may do at most, by its full name. */
export function httpActions(configuration: HttpConfiguration): ReadonlyMap<string, ActionFacts> {
  return new Map(
    Object.entries(configuration.actions).map(([name, { effect, highestAutonomy }]) => {
      const action = `http.${name}`;
      return [action, { action, effect, highestAutonomy }];
    }),
  );
}
