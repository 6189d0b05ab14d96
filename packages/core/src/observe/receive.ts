import { isSick, type Report, type ResourceCondition } from '@prunella/protocol';
import { adoptEpoch } from './accept.ts';
import { boardOf, hasBoard, replaceShare, setBoardTimer, settlesAt, tidyFaults } from './board.ts';
import { emptyRecord } from './record.ts';
import { type Share, shareOf } from './share.ts';
import { setTimer } from './silence.ts';
import type { Board, Instance, ObserveState, View } from './state.ts';
import { dateCondition } from './view.ts';

const silentAfterHeartbeats = 3;
const freshnessToldEveryMs = 1_000;

/** Takes an accepted report in. Names the resources whose summary changed. */
export function receiveReport(state: ObserveState, report: Report, now: number, changed: Set<string>): void {
  const known = state.instances[report.instance];
  if (known === undefined && report.goodbye === true) return;
  const instance = known ?? newInstance(state, report, now);
  const isSameProcess = instance.epoch === report.epoch;
  const before = sharesOf(instance);
  adoptEpoch(instance, report);
  instance.receivedAt = now;
  instance.silent = false;
  instance.left = report.goodbye === true;
  instance.silentAt = now + silentAfterHeartbeats * report.heartbeatMs;
  const said = instance.left ? [] : withBoards(state, report, now);
  instance.views = views(said, isSameProcess ? instance.views : null, now);
  setTimer(state, instance, instance.left ? now + state.forgetAfterMs : instance.silentAt);
  for (const condition of said) {
    noteReport(state, boardOf(state, condition.resource, now), report, condition, now);
  }
  for (const resource of new Set([...before.keys(), ...Object.keys(instance.views)])) {
    const board = boardOf(state, resource, now);
    const moved = replaceShare(board, before.get(resource) ?? null, shareOf(instance, resource));
    if (moved) tidyFaults(state, board);
    if (moved || freshnessMatters(board)) changed.add(resource);
  }
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
    views: emptyRecord(),
  };
  state.instances[report.instance] = instance;
  state.instanceCount += 1;
  return instance;
}

function sharesOf(instance: Instance): Map<string, Share> {
  const shares = new Map<string, Share>();
  for (const resource of Object.keys(instance.views)) {
    const share = shareOf(instance, resource);
    if (share !== null) shares.set(resource, share);
  }
  return shares;
}

function withBoards(state: ObserveState, report: Report, now: number): readonly ResourceCondition[] {
  return report.conditions.filter(({ resource }) => {
    const isTaken = hasBoard(state, resource);
    if (isTaken) boardOf(state, resource, now);
    return isTaken;
  });
}

function views(
  said: readonly ResourceCondition[],
  previous: Record<string, View> | null,
  now: number,
): Record<string, View> {
  const dated = emptyRecord<View>();
  for (const condition of said) {
    dated[condition.resource] = dateCondition(condition, previous?.[condition.resource] ?? null, now);
  }
  return dated;
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
