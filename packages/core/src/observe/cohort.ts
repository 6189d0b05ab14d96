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

/** A member's id, and its service; null where only the id is known, as after a restart. */
export type Member = readonly [id: string, service: string | null];

/** Adds members that are gone until they are counted with what they say. */
export function addMembers(cohort: Cohort, members: readonly Member[]): void {
  for (const [instance, known] of members) {
    if (Object.hasOwn(cohort.members, instance)) continue;
    const service = known ?? serviceOfInstance(instance);
    join(cohort, instance, service);
    countMember(cohort, { instance, service }, null, 1);
  }
}

/**
 * Members whose word counts. Those that left are not asked where others of their service that complained are
 * still here: a crash loop, which leaves one gone member behind with each start, must not outvote them.
 */
export function countedMembers(cohort: Cohort): number {
  let total = 0;
  for (const service of Object.values(cohort.services)) {
    total += service.here + (isJudgedByThoseHere(service) ? 0 : service.gone);
  }
  return total;
}

/** Members ok since the mark; where all of a service are gone, any instance of it speaks for them. */
export function okSinceMark(cohort: Cohort): number {
  let replaced = 0;
  for (const service of Object.values(cohort.services)) {
    if (service.here === 0 && service.okInstances > 0) replaced += service.gone;
  }
  return cohort.okMembers + replaced;
}

function isJudgedByThoseHere({ here, okInstances }: CohortService): boolean {
  return here > 0 && okInstances > 0;
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
  const counts = serviceOf(cohort, service);
  if (share === null || share.silent) {
    counts.gone += by;
    return;
  }
  counts.here += by;
  if (isSick(share.condition)) cohort.sick += by;
  else if (isOkSince(cohort, share)) cohort.okMembers += by;
}

function countOk(cohort: Cohort, share: Share, by: 1 | -1): void {
  if (isOkSince(cohort, share)) serviceOf(cohort, share.service).okInstances += by;
}

function isOkSince(cohort: Cohort, share: Share): boolean {
  return share.okAt >= (cohort.markAt ?? cohort.beganAt);
}

function serviceOf(cohort: Cohort, name: string): CohortService {
  const known = cohort.services[name];
  if (known !== undefined) return known;
  const service: CohortService = { here: 0, gone: 0, okInstances: 0 };
  cohort.services[name] = service;
  return service;
}

/** `service/host/random id`: all but the last two parts. */
function serviceOfInstance(id: string): string {
  const parts = id.split('/');
  return parts.length > 2 ? parts.slice(0, -2).join('/') : (parts[0] ?? id);
}
