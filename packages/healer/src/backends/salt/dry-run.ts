import type { PredictedChange, Prediction } from '@prunella/core';
import type { OrderedCall } from './actions.ts';
import type { SaltClient } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { followJob } from './follow-job.ts';
import { hideSecrets } from './hide-secrets.ts';
import { judge, stateId } from './judge.ts';
import { missingTexts } from './result.ts';
import { entryOf, isRecord } from './value.ts';

const mostChanges = 50;
const longestName = 120;

/** States whose `name` is a path or the name of a thing, and never what it holds. */
const namedThings = /^(?:file|service|pkg|user|group|mount|archive|kmod|timezone|locale)$/;

/** Lets the states run in test mode on each minion. Never rejects: what cannot be told is told as a problem. */
export async function predict(
  client: SaltClient,
  feed: EventFeed,
  call: OrderedCall,
  ids: readonly string[],
  withinMs: number,
  signal: AbortSignal,
): Promise<readonly Prediction[]> {
  if (ids.length === 0) return [];
  const unknown = (problem: string) => ids.map((id) => ({ id, count: 0, changes: [], problem }));
  if (!call.function.startsWith('state.')) return unknown(`${call.function} cannot be rehearsed`);
  let release = () => {};
  try {
    release = await feed.follow();
    // Without states it rehearses the highstate, as `state.apply` would apply it.
    const kwargs = Object.fromEntries(call.parameters.map(({ name, value }) => [name, value]));
    const rehearsal = { name: 'state.test', args: [], kwargs: { ...call.keywords, ...kwargs } };
    const target = { expression: ids, matcher: 'list' };
    const metadata = { prunella: { dryRun: true } };
    const job = await client.start(target, rehearsal, { metadata, signal });
    if (job === null) return unknown('the Salt master has no minion of this id');
    const now = () => Date.now();
    const until = now() + withinMs;
    const options = { targets: ids, until, giveUpAfter: now(), now, signal };
    const followed = await followJob(client, feed, job, options);
    return ids.map((id): Prediction => {
      const given = followed.returns.get(id);
      if (given !== undefined) return predictionOf(id, given);
      return { id, count: 0, changes: [], problem: missingTexts[followed.missing.get(id) ?? 'late'] };
    });
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  } finally {
    release();
  }
}

/** What one minion's rehearsal means. */
export function predictionOf(
  id: string,
  given: { readonly value: unknown; readonly retcode: number | null },
): Prediction {
  const { expects } = rehearsed;
  const { outcome, detail } = judge({ function: 'state.test', expects }, given);
  if (outcome !== 'succeeded') return { id, count: 0, changes: [], problem: hideSecrets(detail) };
  const states = isRecord(given.value) ? Object.entries(given.value) : [];
  const pending = states.filter(([, state]) => isRecord(state) && state['result'] === null);
  return { id, count: pending.length, changes: pending.slice(0, mostChanges).map(changeOf) };
}

/**
 * By the name of the state and of what changes, never by a value: a difference of files, a command, or the
 * comment of a state may hold what came from pillar.
 */
function changeOf([key, state]: readonly [string, unknown]): PredictedChange {
  const [module = '', , , fun = ''] = key.split('_|-');
  const name = isRecord(state) ? entryOf(state, 'name') : undefined;
  const changes = isRecord(state) ? entryOf(state, 'changes') : undefined;
  const what = isRecord(changes) ? Object.keys(changes).filter((one) => /^[\w.-]{1,40}$/.test(one)) : [];
  const thing = namedThings.test(module) && typeof name === 'string' ? ` ${name}` : '';
  const keys = what.length === 0 ? '' : `: ${what.slice(0, 6).join(', ')}`;
  return {
    name: hideSecrets(stateId(key, state)).slice(0, longestName),
    detail: hideSecrets(`${module}.${fun}${thing}${keys}`).slice(0, longestName * 2),
  };
}

const rehearsed = { expects: { retcodes: [0], at: [], contains: [], lacks: [] } };
