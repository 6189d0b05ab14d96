import type { Directive } from '@prunella/protocol';
import type { ActionFacts } from '../decide/input.ts';
import { parseDuration } from '../document/duration.ts';

/** Guards obey no longer, and only where their application allows it. */
const longestMs = 60_000;
const shortestMs = 1_000;

const shedAction = 'guard.shed';
const serveCacheAction = 'guard.serve-cache';

/** What is asked of the guards themselves: they spare the resource for a while. Nothing else is touched. */
export const guardActions: ReadonlyMap<string, ActionFacts> = new Map(
  [shedAction, serveCacheAction].map((action) => [
    action,
    { action, effect: 'restores', highestAutonomy: 'auto' } as const,
  ]),
);

/** What guards are told for an action of theirs. */
export type GuardOrder = Pick<Directive, 'forMs' | 'share'> & {
  readonly directive: 'shed' | 'serve-cache';
  readonly forMs: number;
};

/** Reads what a step gives. A text says what is wrong with it; null where the action is none of guards. */
export function guardOrder(
  action: string,
  given: Readonly<Record<string, unknown>>,
): GuardOrder | string | null {
  if (!guardActions.has(action)) return null;
  const { for: written = '60s', share, ...others } = given;
  const [other] = Object.keys(others);
  const takes = action === shedAction ? '`for` and `share`' : '`for`';
  if (other !== undefined) return `${action} takes ${takes}, not \`${other}\``;
  const forMs = typeof written === 'string' ? parseDuration(written) : null;
  if (forMs === null || forMs < shortestMs || forMs > longestMs) {
    return `${action}: \`for\` must be a duration from 1s to 60s`;
  }
  if (action === serveCacheAction) {
    return share === undefined
      ? { directive: 'serve-cache', forMs }
      : `${action} takes ${takes}, not \`share\``;
  }
  if (share === undefined) return { directive: 'shed', forMs };
  if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
    return `${action}: \`share\` must be a number above 0, at most 1: the share of calls to refuse`;
  }
  return { directive: 'shed', forMs, share };
}
