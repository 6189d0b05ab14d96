import type { Command } from '../decide/command.ts';
import { boardOf } from './board.ts';
import { addMembers, countInCohort, type Member, newCohort } from './cohort.ts';
import { type Share, shareOf } from './share.ts';
import type { Board, Cohort, ObserveState } from './state.ts';

type FollowCohort = Extract<Command, { type: 'follow-cohort' }>;

/** Begins, marks or ends the following of a resource's cohort. Walks over all instances: it is rare. */
export function followCohort(
  state: ObserveState,
  follow: FollowCohort,
  now: number,
  changed: Set<string>,
): void {
  const board = boardOf(state, follow.resource, now);
  const present = board.cohort;
  if (follow.what === 'end') {
    if (present?.incident !== follow.incident) return;
    board.cohort = null;
  } else if (follow.what === 'begin') {
    // Begun again, after a restart: what is known of it stays.
    const known = present?.incident === follow.incident ? present : null;
    const begun = newCohort(follow.incident, follow.at);
    begun.markAt = known?.markAt ?? null;
    const told = (follow.members ?? []).map((id): Member => [id, null]);
    recount(state, board, begun, [...Object.entries(known?.members ?? {}), ...told]);
  } else {
    if (present?.incident !== follow.incident) return;
    const marked = newCohort(present.incident, present.beganAt);
    marked.markAt = follow.at;
    recount(state, board, marked, Object.entries(present.members));
  }
  changed.add(follow.resource);
}

const forgottenKept = 1_000;

/**
 * Forgets members that were forgotten as instances, but for the newest of each service: a crash loop adds one with
 * each start. Those that are left speak as loudly, since a service's gone members are judged together.
 */
export function tidyCohort(state: ObserveState, board: Board): void {
  const { cohort } = board;
  if (cohort === null) return;
  const left = new Map<string, number>();
  const kept = Object.entries(cohort.members)
    .reverse()
    .filter(([id, service]) => {
      if (state.instances[id] !== undefined) return true;
      const count = (left.get(service) ?? 0) + 1;
      left.set(service, count);
      return count <= forgottenKept;
    })
    .reverse();
  if (kept.length === Object.keys(cohort.members).length) return;
  const tidied = newCohort(cohort.incident, cohort.beganAt);
  tidied.markAt = cohort.markAt;
  recount(state, board, tidied, kept);
}

function recount(state: ObserveState, board: Board, cohort: Cohort, members: readonly Member[]): void {
  board.cohort = cohort;
  const share = (id: string): Share | null => {
    const instance = state.instances[id];
    return instance === undefined ? null : shareOf(instance, board.resource);
  };
  addMembers(cohort, members);
  for (const id of Object.keys(state.instances)) countInCohort(board, null, share(id));
}

/** Ids of the cohort's instances that can be told something, and of successors of those that are gone. */
export function cohortInstances(state: ObserveState, resource: string): readonly string[] {
  return partition(state, resource).cohort;
}

/** Ids of all other observers of the resource. */
export function otherObservers(state: ObserveState, resource: string): readonly string[] {
  return partition(state, resource).others;
}

function partition(
  state: ObserveState,
  resource: string,
): { readonly cohort: readonly string[]; readonly others: readonly string[] } {
  const cohort: string[] = [];
  const others: string[] = [];
  const following = state.boards[resource]?.cohort ?? null;
  for (const instance of Object.values(state.instances)) {
    if (shareOf(instance, resource) === null) continue;
    const isOfCohort =
      following !== null &&
      (Object.hasOwn(following.members, instance.id) ||
        (following.services[instance.service]?.gone ?? 0) > 0);
    (isOfCohort ? cohort : others).push(instance.id);
  }
  return { cohort, others };
}
