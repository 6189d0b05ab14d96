import { isSick } from '@prunella/protocol';
import { countInCohort } from './cohort.ts';
import { compactHeap, pushInstant } from './heap.ts';
import { type Share, shareOf } from './share.ts';
import { addName, emptyNames, removeName, type SortedNames } from './sorted-names.ts';
import type { Board, ObserveState } from './state.ts';
import { never } from './view.ts';

function newBoard(resource: string, now: number): Board {
  return {
    resource,
    firstHeardAt: now,
    observers: 0,
    cacheOnly: 0,
    silent: 0,
    conditions: { ok: 0, degraded: 0, down: 0, unknown: 0 },
    sickByKind: {},
    hostsObserving: emptyNames(),
    hostsSick: emptyNames(),
    servicesObserving: emptyNames(),
    servicesSick: emptyNames(),
    faults: [],
    newestReportAt: null,
    newestFault: null,
    okHeartbeatMs: null,
    settled: false,
    timerAt: Number.POSITIVE_INFINITY,
    toldReportAt: null,
    cohort: null,
    witnesses: null,
  };
}

export function boardOf(state: ObserveState, resource: string, now: number): Board {
  const known = state.boards[resource];
  if (known !== undefined) return known;
  const board = newBoard(resource, now);
  state.boards[resource] = board;
  state.boardCount += 1;
  setBoardTimer(state, board, settlesAt(state, board));
  takeAwaited(state, board, now);
  return board;
}

function takeAwaited(state: ObserveState, board: Board, now: number): void {
  const awaited = state.awaited[board.resource];
  if (awaited === undefined) return;
  delete state.awaited[board.resource];
  if (awaited.until !== null && now >= awaited.until) return;
  board.witnesses = awaited;
  if (awaited.until !== null) setBoardTimer(state, board, awaited.until);
}

/** Anybody who may report can name resources; only so many are remembered. */
export function hasBoard(state: ObserveState, resource: string): boolean {
  if (state.boards[resource] !== undefined || Object.hasOwn(state.declared, resource)) return true;
  return state.boardCount < state.boardLimit;
}

/** When the board's shares may be trusted. */
export function settlesAt(state: ObserveState, board: Board): number {
  return board.firstHeardAt + (board.okHeartbeatMs ?? state.okHeartbeatMs);
}

/** Asks for the board to be looked at then. A later time than the one set waits until that one is up. */
export function setBoardTimer(state: ObserveState, board: Board, at: number): void {
  if (board.timerAt <= at) return;
  board.timerAt = at;
  pushInstant(state.boardTimers, { at, resource: board.resource });
}

/** Replaces what an instance added. True where anything that a summary shows may have changed. */
export function replaceShare(board: Board, before: Share | null, after: Share | null): boolean {
  if (sameShare(before, after)) return false;
  if (before !== null) count(board, before, -1);
  if (after !== null) count(board, after, 1);
  moveName(board.hostsObserving, before?.host, after?.host);
  moveName(board.servicesObserving, before?.service, after?.service);
  moveName(board.hostsSick, sickOnly(before)?.host, sickOnly(after)?.host);
  moveName(board.servicesSick, sickOnly(before)?.service, sickOnly(after)?.service);
  if (after !== null && after.firstFaultAt !== never && after.firstFaultAt !== before?.firstFaultAt) {
    pushInstant(board.faults, { at: after.firstFaultAt, instance: after.instance });
  }
  countInCohort(board, before, after);
  return true;
}

function sameShare(left: Share | null, right: Share | null): boolean {
  if (left === null || right === null) return left === right;
  return (
    left.condition === right.condition &&
    left.kind === right.kind &&
    left.firstFaultAt === right.firstFaultAt &&
    left.cacheOnly === right.cacheOnly &&
    left.silent === right.silent &&
    left.okAt === right.okAt &&
    left.host === right.host &&
    left.service === right.service
  );
}

function count(board: Board, share: Share, by: 1 | -1): void {
  board.observers += by;
  board.conditions[share.condition] += by;
  if (share.cacheOnly) board.cacheOnly += by;
  if (share.silent) board.silent += by;
  if (!isSick(share.condition)) return;
  const kind = share.kind ?? 'unknown';
  const ofKind = (board.sickByKind[kind] ?? 0) + by;
  if (ofKind === 0) delete board.sickByKind[kind];
  else board.sickByKind[kind] = ofKind;
}

function sickOnly(share: Share | null): Share | null {
  return share !== null && isSick(share.condition) ? share : null;
}

/** Most changes leave host and service as they are. */
function moveName(
  set: SortedNames,
  before: string | null | undefined,
  after: string | null | undefined,
): void {
  if (before === after) return;
  if (before != null) removeName(set, before);
  if (after != null) addName(set, after);
}

/** Forgets entries of the fault heap that no longer stand for a sick instance. */
export function tidyFaults(state: ObserveState, board: Board): void {
  const isValid = (entry: { at: number; instance: string }) => {
    const instance = state.instances[entry.instance];
    return instance !== undefined && shareOf(instance, board.resource)?.firstFaultAt === entry.at;
  };
  const sick = board.conditions.down + board.conditions.degraded;
  if (sick === 0) board.faults.length = 0;
  else compactHeap(board.faults, sick, isValid);
}
