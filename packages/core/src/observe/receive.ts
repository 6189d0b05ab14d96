import { isSick, type Report, type ResourceCondition } from '@prunella/protocol';
import { adoptEpoch } from './accept.ts';
import { boardOf, hasBoard, replaceShare, setBoardTimer, settlesAt, tidyFaults } from './board.ts';
import { type Share, shareFrom } from './share.ts';
import { setTimer } from './silence.ts';
import type { Board, Instance, ObserveState, View } from './state.ts';
import { blankView, take, viewOf } from './view.ts';
import { noteWitness } from './witnesses.ts';

const silentAfterHeartbeats = 3;
const freshnessToldEveryMs = 1_000;

/** Takes an accepted report in. Names the resources whose summary changed. */
export function receiveReport(state: ObserveState, report: Report, now: number, changed: Set<string>): void {
  const known = state.instances[report.instance];
  if (known === undefined && report.goodbye === true) return;
  const instance = known ?? newInstance(state, report, now);
  const isSameProcess = instance.epoch === report.epoch;
  const { views: viewsBefore } = instance;
  const before = viewsBefore.map((view) => shareFrom(instance, view));
  adoptEpoch(instance, report);
  instance.receivedAt = now;
  instance.silent = false;
  instance.left = report.goodbye === true;
  instance.silentAt = now + silentAfterHeartbeats * report.heartbeatMs;
  const said = instance.left ? [] : withBoards(state, report, now);
  const views = viewsOf(said, isSameProcess ? viewsBefore : [], now);
  if (views !== viewsBefore) instance.views = views;
  setTimer(state, instance, instance.left ? now + state.forgetAfterMs : instance.silentAt);
  for (const condition of said) {
    noteReport(state, boardOf(state, condition.resource, now), report, condition, now);
  }
  for (const [index, view] of views.entries()) {
    const likely = before[index];
    const isSame = viewsBefore[index]?.resource === view.resource;
    const previous = isSame
      ? likely
      : before[viewsBefore.findIndex(({ resource }) => resource === view.resource)];
    const board = replace(state, view.resource, previous ?? null, shareFrom(instance, view), now, changed);
    if (board.witnesses !== null) noteWitness(board, instance, view, now);
  }
  for (const [index, { resource }] of viewsBefore.entries()) {
    if (viewOf(views, resource, index) !== undefined) continue;
    const board = replace(state, resource, before[index] ?? null, null, now, changed);
    if (board.witnesses !== null) noteWitness(board, instance, null, now);
  }
}

function replace(
  state: ObserveState,
  resource: string,
  before: Share | null,
  after: Share | null,
  now: number,
  changed: Set<string>,
): Board {
  const board = boardOf(state, resource, now);
  const moved = replaceShare(board, before, after);
  if (moved) tidyFaults(state, board);
  if (moved || freshnessMatters(board)) changed.add(resource);
  return board;
}

function newInstance(state: ObserveState, report: Report, now: number): Instance {
  const instance: Instance = {
    id: report.instance,
    service: report.service,
    host: report.host ?? null,
    epoch: report.epoch,
    sequence: report.sequence,
    replaced: [],
    receivedAt: now,
    silentAt: now,
    timerAt: Number.POSITIVE_INFINITY,
    silent: false,
    left: false,
    views: [],
  };
  state.instances[report.instance] = instance;
  state.instanceCount += 1;
  return instance;
}

function withBoards(state: ObserveState, report: Report, now: number): readonly ResourceCondition[] {
  return newestOfEach(report.conditions).filter(({ resource }) => {
    const isTaken = hasBoard(state, resource);
    if (isTaken) boardOf(state, resource, now);
    return isTaken;
  });
}

/** Of a resource that is told twice, the last counts. */
function newestOfEach(told: readonly ResourceCondition[]): readonly ResourceCondition[] {
  if (told.length < 2) return told;
  return [...new Map(told.map((condition) => [condition.resource, condition])).values()];
}

/** The views of what was said: those of before, changed in place, since most reports say nothing new. */
function viewsOf(said: readonly ResourceCondition[], previous: View[], now: number): View[] {
  let isSameList = said.length === previous.length;
  for (const [index, condition] of said.entries()) {
    const view = previous[index];
    if (view?.resource === condition.resource) take(view, condition, now);
    else isSameList = false;
  }
  if (isSameList) return previous;
  return said.map((condition, index) => {
    const likely = previous[index];
    if (likely?.resource === condition.resource) return likely;
    const view = viewOf(previous, condition.resource) ?? blankView(condition.resource);
    take(view, condition, now);
    return view;
  });
}

function noteReport(
  state: ObserveState,
  board: Board,
  report: Report,
  said: ResourceCondition,
  now: number,
): void {
  board.newestReportAt = now;
  if (said.condition === 'ok') {
    board.okHeartbeatMs = Math.max(board.okHeartbeatMs ?? 0, report.heartbeatMs);
    if (!board.settled) setBoardTimer(state, board, settlesAt(state, board));
  }
  if (isSick(said.condition) && said.lastFaultKind !== undefined) {
    const text = said.sample ?? said.lastFaultKind;
    if (board.newestFault?.text !== text || board.newestFault.kind !== said.lastFaultKind) {
      board.newestFault = { at: now, kind: said.lastFaultKind, text };
    }
  }
}

function freshnessMatters(board: Board): boolean {
  const watched = board.cohort !== null || board.conditions.down + board.conditions.degraded > 0;
  const told = board.toldReportAt ?? Number.NEGATIVE_INFINITY;
  return watched && (board.newestReportAt ?? 0) - told >= freshnessToldEveryMs;
}
