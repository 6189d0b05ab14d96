import { isSick, type Witness, type WitnessCondition, witnessLimit } from '@prunella/protocol';
import type { Command } from '../decide/command.ts';
import { setBoardTimer } from './board.ts';
import { earliestEntries } from './heap.ts';
import { emptyRecord } from './record.ts';
import { shareOf } from './share.ts';
import type { Board, Instance, ObserveState, View, Witnesses } from './state.ts';
import { viewOf } from './view.ts';

type FollowWitnesses = Extract<Command, { type: 'follow-witnesses' }>;

/**
 * Begins or ends the following of instances by name. Names that are handed in come first, then those that are sick,
 * the first of them first. No summary changes by it: the next one that is told anyway brings the names.
 */
export function followWitnesses(state: ObserveState, follow: FollowWitnesses, now: number): void {
  const { resource } = follow;
  const board = state.boards[resource];
  if (follow.what === 'end') {
    delete state.awaited[resource];
    if (board !== undefined) board.witnesses = null;
    return;
  }
  const witnesses: Witnesses = { until: follow.until, named: emptyRecord(), count: 0, told: null };
  for (const name of follow.names.slice(0, witnessLimit)) {
    witnesses.named[name] = board?.witnesses?.named[name] ?? null;
    witnesses.count += 1;
  }
  if (board === undefined) {
    // Its shares are trusted some time after somebody spoke of it, which nobody has.
    state.awaited[resource] = witnesses;
    return;
  }
  board.witnesses = witnesses;
  for (const name of Object.keys(witnesses.named)) nameNow(state, board, name, now);
  const isSickSince = (entry: { at: number; instance: string }) => {
    const instance = state.instances[entry.instance];
    return instance !== undefined && shareOf(instance, board.resource)?.firstFaultAt === entry.at;
  };
  for (const { instance } of earliestEntries(board.faults, witnessLimit, isSickSince)) {
    nameNow(state, board, instance, now);
  }
  if (follow.until !== null) setBoardTimer(state, board, follow.until);
}

function nameNow(state: ObserveState, board: Board, name: string, now: number): void {
  const instance = state.instances[name];
  const view = instance === undefined ? undefined : viewOf(instance.views, board.resource);
  if (instance !== undefined && view !== undefined) noteWitness(board, instance, view, now);
}

/**
 * Takes over what an instance sees, where it has a name or gets one: the sick do while there is room; where all
 * observers have room, the others do, too. `view` is null where it does not observe the resource any more.
 */
export function noteWitness(board: Board, instance: Instance, view: View | null, now: number): void {
  const { witnesses } = board;
  if (witnesses === null) return;
  const before = witnesses.named[instance.id];
  if (before === undefined && !getsName(board, witnesses, instance, view)) return;
  // It was never heard by its name.
  if (view === null && before == null) return;
  const condition = conditionOf(instance, view);
  const kind = view !== null && isSick(view.condition) && !instance.silent ? view.kind : null;
  if (before != null && before.condition === condition && before.kind === kind) return;
  const { id, service, host } = instance;
  const since = view === null ? now : instance.silent ? instance.silentAt : view.sinceAt;
  if (before === undefined) witnesses.count += 1;
  witnesses.named[id] = { instance: id, service, host, condition, kind, since };
  witnesses.told = null;
}

function getsName(board: Board, witnesses: Witnesses, instance: Instance, view: View | null): boolean {
  if (view === null || witnesses.count >= witnessLimit) return false;
  const complains = isSick(view.condition) && !instance.silent;
  return complains || (witnesses.until === null && board.observers <= witnessLimit);
}

function conditionOf(instance: Instance, view: View | null): WitnessCondition {
  if (view === null) return 'left';
  return instance.silent ? 'silent' : view.condition;
}

/** In the order in which they were named. */
export function witnessesTold(witnesses: Witnesses): readonly Witness[] {
  witnesses.told ??= Object.values(witnesses.named).filter((each) => each !== null);
  return witnesses.told;
}
