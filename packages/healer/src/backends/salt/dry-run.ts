import { createHash } from 'node:crypto';
import { type DryRunRequest, matchesPattern, type PredictedChange, type Prediction } from '@prunella/core';
import type { OrderedCall } from './actions.ts';
import type { SaltClient } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { followJob } from './follow-job.ts';
import { hideSecrets } from './hide-secrets.ts';
import { judge } from './judge.ts';
import { missingTexts } from './result.ts';
import { type NamedState, namedStates } from './state-names.ts';
import { entryOf, isRecord } from './value.ts';

const mostChanges = 50;
const longestDetail = 240;
const longestId = 10_000;
const mostCompared = 10_000;

/** Lets the states run in test mode on each minion. Never rejects: what cannot be told is told as a problem. */
export async function predict(
  client: SaltClient,
  feed: EventFeed,
  call: OrderedCall,
  ids: readonly string[],
  { withinMs, never }: Pick<DryRunRequest, 'withinMs' | 'never'>,
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
      if (given !== undefined) return predictionOf(id, given, never);
      return { id, count: 0, changes: [], problem: missingTexts[followed.missing.get(id) ?? 'late'] };
    });
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  } finally {
    release();
  }
}

/** What one minion's rehearsal means; `never` as it was asked for. */
export function predictionOf(
  id: string,
  given: { readonly value: unknown; readonly retcode: number | null },
  never: readonly string[] | undefined,
): Prediction {
  const { expects } = rehearsed;
  const { outcome, detail } = judge({ function: 'state.test', expects }, given);
  const untold = (problem: string) => ({ id, count: 0, changes: [], problem });
  if (outcome !== 'succeeded') return untold(detail);
  const pending = (namedStates(given.value) ?? []).filter(({ state }) => state['result'] === null);
  const all = pending.map(changeOf);
  // More than any playbook allows: it is refused by its count.
  if (never === undefined || pending.length > mostCompared)
    return { id, count: all.length, changes: all.slice(0, mostChanges) };
  if (pending.some((each) => each.id.length > longestId))
    return untold('the id of a state is too long to compare');
  const isForbidden = (index: number) =>
    never.some((pattern) => matchesPattern(pattern, pending[index]?.id ?? ''));
  const forbidden = all.flatMap((change, index) =>
    isForbidden(index) ? [{ ...change, forbidden: true as const }] : [],
  );
  const others = all.filter((_, index) => !isForbidden(index));
  const changes = [...forbidden, ...others].slice(0, mostChanges);
  return { id, count: all.length, changes, digest: digestOf(all) };
}

/**
 * By the name of the state and of what changes, never by a value: a difference of files, a command, or the
 * comment of a state may hold what came from pillar.
 */
function changeOf({ shown, function: functionName, thing, state }: NamedState): PredictedChange {
  const changes = entryOf(state, 'changes');
  const what = isRecord(changes) ? Object.keys(changes).filter((one) => /^[\w.-]{1,40}$/.test(one)) : [];
  const keys = what.length === 0 ? '' : `: ${what.slice(0, 6).join(', ')}`;
  const named = thing === null ? '' : ` ${thing}`;
  return { name: shown, detail: hideSecrets(`${functionName}${named}${keys}`).slice(0, longestDetail) };
}

/** Of what may be shown, and of nothing else: nobody can try out passwords against it. */
function digestOf(changes: readonly PredictedChange[]): string {
  const told = changes.map(({ name, detail }) => `${name} ${detail}`).sort();
  return createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16);
}

const rehearsed = { expects: { retcodes: [0], at: [], contains: [], lacks: [] } };
