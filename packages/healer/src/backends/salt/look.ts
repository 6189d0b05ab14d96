import type { AttemptOrder } from '@prunella/core';
import type { MinionReturn, SaltClient } from './client.ts';
import { lookCall } from './fenced-call.ts';
import { isModuleMissing, type JudgedCall, type Judgement, judgeFenced } from './judge.ts';
import { isRecord } from './value.ts';

/** What a minion's own records say of an attempt. */
export type LookedAt =
  | { readonly state: 'ended'; readonly judgement: Judgement }
  | { readonly state: 'running' }
  | { readonly state: 'interrupted'; readonly detail: string }
  | { readonly state: 'never-taken' }
  | { readonly state: 'untold'; readonly detail: string };

const waitSeconds = 5;

/** Asks the minions for their records; one that does not answer has the state `untold`. */
export async function lookAtMinions(
  client: SaltClient,
  order: AttemptOrder,
  call: JudgedCall,
  minions: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LookedAt>> {
  const answers = await client.ask(minions, lookCall(order), waitSeconds, signal);
  return new Map(
    minions.map((id) => {
      const answer = answers.get(id);
      return [id, answer ? read(call, answer.value) : untold('the minion does not answer')];
    }),
  );
}

/** The returns that minions wrote down of an order that has ended there, as `prunella.apply` would repeat them. */
export async function recordedReturns(
  client: SaltClient,
  order: AttemptOrder,
  minions: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MinionReturn>> {
  const answers = await client.ask(minions, lookCall(order), waitSeconds, signal);
  const ended = [...answers].flatMap(([id, { value }]): [string, MinionReturn][] =>
    isRecord(value) && value['prunella'] === 1 && value['status'] === 'done'
      ? [[id, { value: { ...value, status: 'repeated' }, retcode: null }]]
      : [],
  );
  return new Map(ended);
}

function read(call: JudgedCall, value: unknown): LookedAt {
  if (isModuleMissing(value)) return untold('the minion has no prunella.apply');
  if (!isRecord(value) || value['prunella'] !== 1) return untold('the minion gave no record');
  switch (value['status']) {
    case 'done': {
      const judgement = judgeFenced(call, { value: { ...value, status: 'repeated' }, retcode: null });
      return judgement ? { state: 'ended', judgement } : untold('the minion gave no record');
    }
    case 'running':
      return { state: 'running' };
    case 'never-taken':
      return { state: 'never-taken' };
    case 'unknown':
      return { state: 'interrupted', detail: String(value['comment']) };
    default:
      return untold(String(value['comment']));
  }
}

function untold(detail: string): LookedAt {
  return { state: 'untold', detail };
}
