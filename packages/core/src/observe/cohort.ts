import { isSick } from '@prunella/protocol';
import { emptyRecord } from './record.ts';
import type { Share } from './share.ts';
import { positionOf } from './sorted-names.ts';
import type { Board, Cohort, CohortService } from './state.ts';

const idsKept = 256;

export function newCohort(incident: string, at: number): Cohort {
  return {
    incident,
    beganAt: at,
    markAt: null,
    members: emptyRecord(),
    ids: [],
    total: 0,
    sick: 0,
    okMembers: 0,
    services: emptyRecord(),
  };
}

/** Moves one instance's part in the cohort from what it was to what it is; the sick become members. */
export function countInCohort(board: Board, before: Share | null, after: Share | null): void {
  const cohort = board.cohort;
  const share = after ?? before;
  if (cohort === null || share === null) return;
  if (before !== null) countOk(cohort, before, -1);
  if (Object.hasOwn(cohort.members, share.instance)) countMember(cohort, share, before, -1);
  if (after !== null && isSick(after.condition)) join(cohort, after.instance, after.service);
  if (after !== null) countOk(cohort, after, 1);
  if (Object.hasOwn(cohort.members, share.instance)) countMember(cohort, share, after, 1);
}

/**
 * Adds members by their ids alone, after a restart: gone until they are heard again. `memberShare` tells what
 * is known of an instance.
 */
export function addMembers(
  cohort: Cohort,
  ids: readonly string[],
  memberShare: (id: string) => Share | null,
): void {
  for (const id of ids) {
    if (Object.hasOwn(cohort.members, id)) continue;
    const share = memberShare(id);
    const service = share?.service ?? serviceOfInstance(id);
    join(cohort, id, service);
    countMember(cohort, { instance: id, service }, share, 1);
  }
}

/** Members ok since the mark; one that is gone counts where any instance of its service is. */
export function okSinceMark(cohort: Cohort): number {
  let replaced = 0;
  for (const service of Object.values(cohort.services)) {
    if (service.okInstances > 0) replaced += service.gone;
  }
  return cohort.okMembers + replaced;
}

export function goneWithoutSuccessor(cohort: Cohort): number {
  let gone = 0;
  for (const service of Object.values(cohort.services)) {
    if (service.okInstances === 0) gone += service.gone;
  }
  return gone;
}

function join(cohort: Cohort, id: string, service: string): void {
  if (Object.hasOwn(cohort.members, id)) return;
  cohort.members[id] = service;
  cohort.total += 1;
  const position = positionOf(cohort.ids, id);
  if (position < idsKept) cohort.ids.splice(position, 0, id);
  if (cohort.ids.length > idsKept) cohort.ids.pop();
}

function countMember(
  cohort: Cohort,
  member: { readonly instance: string; readonly service: string },
  share: Share | null,
  by: 1 | -1,
): void {
  const service = cohort.members[member.instance] ?? member.service;
  if (share === null || share.silent) serviceOf(cohort, service).gone += by;
  else if (isSick(share.condition)) cohort.sick += by;
  else if (isOkSince(cohort, share)) cohort.okMembers += by;
}

function countOk(cohort: Cohort, share: Share, by: 1 | -1): void {
  if (isOkSince(cohort, share)) serviceOf(cohort, share.service).okInstances += by;
}

function isOkSince(cohort: Cohort, share: Share): boolean {
  return share.okAt !== null && share.okAt >= (cohort.markAt ?? cohort.beganAt);
}

function serviceOf(cohort: Cohort, name: string): CohortService {
  const known = cohort.services[name];
  if (known !== undefined) return known;
  const service: CohortService = { gone: 0, okInstances: 0 };
  cohort.services[name] = service;
  return service;
}

/** `service/host/random id`: all but the last two parts. */
function serviceOfInstance(id: string): string {
  const parts = id.split('/');
  return parts.length > 2 ? parts.slice(0, -2).join('/') : (parts[0] ?? id);
}
