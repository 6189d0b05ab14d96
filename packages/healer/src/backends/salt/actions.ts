import type { ActionFacts } from '@prunella/core';

const facts: readonly (readonly [string, ActionFacts['effect'], ActionFacts['highestAutonomy']])[] = [
  ['salt.state.highstate', 'repairs', 'auto'],
  ['salt.state.apply', 'repairs', 'auto'],
  ['salt.service.start', 'repairs', 'auto'],
  ['salt.service.reload', 'repairs', 'auto'],
  ['salt.service.restart', 'disrupts', 'auto'],
  ['salt.service.stop', 'disrupts', 'auto'],
  ['salt.supervisord.start', 'repairs', 'auto'],
  ['salt.supervisord.restart', 'disrupts', 'auto'],
  ['salt.supervisord.stop', 'disrupts', 'auto'],
];

/** What each action does and may do at most; known without a Salt master. */
export const saltActions: ReadonlyMap<string, ActionFacts> = new Map(
  facts.map(([action, effect, highestAutonomy]) => [action, { action, effect, highestAutonomy }]),
);
