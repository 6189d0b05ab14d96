import { replaceShare, tidyFaults } from './board.ts';
import { popInstant, pushInstant } from './heap.ts';
import { emptyRecord } from './record.ts';
import { shareOf } from './share.ts';
import type { Board, Instance, ObserveState } from './state.ts';

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
  for (const board of Object.values(state.boards)) {
    if (board.settled || settlesAt(state, board) > now) continue;
    board.settled = true;
    changed.add(board.resource);
  }
}

/** When `observe` wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextObserveAt(state: ObserveState): number | null {
  let next = state.timers[0]?.at ?? null;
  for (const board of Object.values(state.boards)) {
    if (board.settled) continue;
    const at = settlesAt(state, board);
    if (next === null || at < next) next = at;
  }
  return next;
}

function settlesAt(state: ObserveState, board: Board): number {
  return board.firstHeardAt + (board.okHeartbeatMs ?? state.okHeartbeatMs);
}

function lookAt(state: ObserveState, instance: Instance, now: number, changed: Set<string>): void {
  instance.timerAt = Number.POSITIVE_INFINITY;
  const forgetAt = instance.receivedAt + state.forgetAfterMs;
  if (now >= forgetAt) {
    forget(state, instance, changed);
    return;
  }
  if (!instance.left && !instance.silent && now >= instance.silentAt) fallSilent(state, instance, changed);
  const waits = !instance.left && !instance.silent;
  setTimer(state, instance, waits ? Math.min(instance.silentAt, forgetAt) : forgetAt);
}

function fallSilent(state: ObserveState, instance: Instance, changed: Set<string>): void {
  const resources = Object.keys(instance.views);
  const before = resources.map((resource) => shareOf(instance, resource));
  instance.silent = true;
  resources.forEach((resource, index) => {
    const board = state.boards[resource];
    if (board === undefined) return;
    replaceShare(board, before[index] ?? null, shareOf(instance, resource));
    tidyFaults(state, board);
    changed.add(resource);
  });
}

function forget(state: ObserveState, instance: Instance, changed: Set<string>): void {
  for (const resource of Object.keys(instance.views)) {
    const board = state.boards[resource];
    const before = shareOf(instance, resource);
    if (board === undefined) continue;
    replaceShare(board, before, null);
    tidyFaults(state, board);
    changed.add(resource);
  }
  instance.views = emptyRecord();
  delete state.instances[instance.id];
  state.instanceCount -= 1;
}
