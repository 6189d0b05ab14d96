import { replaceShare, setBoardTimer, settlesAt, tidyFaults } from './board.ts';
import { tidyCohort } from './follow.ts';
import { popInstant, pushInstant } from './heap.ts';
import { shareFrom, shareOf } from './share.ts';
import type { Board, Instance, ObserveState } from './state.ts';
import { noteWitness } from './witnesses.ts';

/** Asks for the instance to be looked at then. A later time than the one set waits until that one is up. */
export function setTimer(state: ObserveState, instance: Instance, at: number): void {
  if (instance.timerAt <= at) return;
  instance.timerAt = at;
  pushInstant(state.timers, { at, instance: instance.id });
}

/** Counts the silences that time has brought, and settles boards. Names the resources that changed. */
export function passTime(state: ObserveState, now: number, changed: Set<string>): void {
  for (let first = state.timers[0]; first !== undefined && first.at <= now; first = state.timers[0]) {
    popInstant(state.timers);
    const instance = state.instances[first.instance];
    if (instance !== undefined && instance.timerAt === first.at) lookAt(state, instance, now, changed);
  }
  const { boardTimers } = state;
  for (let first = boardTimers[0]; first !== undefined && first.at <= now; first = boardTimers[0]) {
    popInstant(boardTimers);
    const board = state.boards[first.resource];
    if (board !== undefined && board.timerAt === first.at) lookAtBoard(state, board, now, changed);
  }
}

/** When `observe` wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextObserveAt(state: ObserveState): number | null {
  const ofInstance = state.timers[0]?.at ?? Number.POSITIVE_INFINITY;
  const ofBoard = state.boardTimers[0]?.at ?? Number.POSITIVE_INFINITY;
  const first = Math.min(ofInstance, ofBoard);
  return first === Number.POSITIVE_INFINITY ? null : first;
}

/** Settles it when its time has come; forgets it when nobody has spoken of it for as long as of an instance. */
function lookAtBoard(state: ObserveState, board: Board, now: number, changed: Set<string>): void {
  board.timerAt = Number.POSITIVE_INFINITY;
  if (!board.settled && now >= settlesAt(state, board)) {
    board.settled = true;
    changed.add(board.resource);
  }
  tidyCohort(state, board);
  const followedUntil = board.witnesses?.until ?? null;
  if (followedUntil !== null && now >= followedUntil) board.witnesses = null;
  const forgetAt = (board.newestReportAt ?? board.firstHeardAt) + state.forgetAfterMs;
  // What has changed in this very moment must be told before it is forgotten.
  const isIdle =
    board.observers === 0 &&
    board.cohort === null &&
    board.witnesses === null &&
    !changed.has(board.resource);
  if (isIdle && now >= forgetAt) {
    delete state.boards[board.resource];
    state.boardCount -= 1;
    return;
  }
  const lookAgainAt = now >= forgetAt ? now + state.forgetAfterMs : forgetAt;
  const nextAt = Math.min(lookAgainAt, board.witnesses?.until ?? lookAgainAt);
  setBoardTimer(state, board, board.settled ? nextAt : settlesAt(state, board));
}

function lookAt(state: ObserveState, instance: Instance, now: number, changed: Set<string>): void {
  instance.timerAt = Number.POSITIVE_INFINITY;
  const forgetAt = instance.receivedAt + state.forgetAfterMs;
  if (now >= forgetAt) {
    forget(state, instance, now, changed);
    return;
  }
  if (!instance.left && !instance.silent && now >= instance.silentAt)
    fallSilent(state, instance, now, changed);
  const waits = !instance.left && !instance.silent;
  setTimer(state, instance, waits ? Math.min(instance.silentAt, forgetAt) : forgetAt);
}

function fallSilent(state: ObserveState, instance: Instance, now: number, changed: Set<string>): void {
  const { views } = instance;
  const before = views.map((view) => shareFrom(instance, view));
  instance.silent = true;
  for (const [index, view] of views.entries()) {
    const board = state.boards[view.resource];
    if (board === undefined) continue;
    replaceShare(board, before[index] ?? null, shareFrom(instance, view));
    tidyFaults(state, board);
    noteWitness(board, instance, view, now);
    changed.add(view.resource);
  }
}

function forget(state: ObserveState, instance: Instance, now: number, changed: Set<string>): void {
  for (const { resource } of instance.views) {
    const board = state.boards[resource];
    const before = shareOf(instance, resource);
    if (board === undefined) continue;
    replaceShare(board, before, null);
    tidyFaults(state, board);
    noteWitness(board, instance, null, now);
    changed.add(resource);
  }
  instance.views = [];
  delete state.instances[instance.id];
  state.instanceCount -= 1;
}
