import type { Cause, Standing } from '../decide/input.ts';
import { list } from '../decide/wording.ts';
import type { Start } from './rows.ts';
import type { FleetState } from './state.ts';
import type { Numbered } from './table.ts';
import type { FleetTold } from './told.ts';

/** How long after its verdict an attempt may still be what broke a neighbour. */
const lingersMs = 300_000;

/**
 * An incident that opened on a target which an attempt of another resource touched lately: the newcomer learns
 * what came before it, and the other what it did.
 */
export function lineageOf(state: FleetState, standing: Standing, now: number): readonly FleetTold[] {
  const { incident, resource, targets } = standing;
  if (incident === null || !incident.open) return [];
  const touched = targets.flatMap((target) => state.starts.find('target', target));
  const start = inOrder(touched).findLast(
    (each) =>
      each.resource !== resource &&
      each.effect !== 'restores' &&
      each.at <= incident.firstFaultAt &&
      (each.endedAt === undefined || each.endedAt > now - lingersMs),
  );
  if (start === undefined) return [];
  const on = shared(start, targets);
  return [
    { resource, input: { type: 'lineage', incident: incident.id, cause: causeOf(start, on) } },
    {
      resource: start.resource,
      input: {
        type: 'harm',
        attempt: start.attempt,
        reason: `${resource} broke on ${list(on)} after it began`,
      },
    },
  ];
}

/** The attempt is over: those that wait for its end learn when that was. */
export function lineageEnded(state: FleetState, start: Start, now: number): readonly FleetTold[] {
  const { standings } = state;
  const broken = inOrder(
    (start.targets ?? []).flatMap((target) => standings?.find('openOnTarget', target) ?? []),
  );
  return broken.flatMap(({ incident, resource, targets }) => {
    if (incident === null || resource === start.resource || start.at > incident.firstFaultAt) return [];
    const cause = causeOf({ ...start, endedAt: now }, shared(start, targets));
    return [{ resource, input: { type: 'lineage' as const, incident: incident.id, cause } }];
  });
}

/** Each once, though it may have been found by several of its targets. */
function inOrder<Row>(found: readonly Numbered<Row>[]): readonly Row[] {
  const once = new Map(found.map(({ number, row }) => [number, row]));
  return [...once].sort(([left], [right]) => left - right).map(([, row]) => row);
}

function shared({ targets = [] }: Start, others: readonly string[]): readonly string[] {
  return targets.filter((target) => others.includes(target));
}

function causeOf({ attempt, resource, at, endedAt }: Start, targets: readonly string[]): Cause {
  return { attempt, resource, targets, startedAt: at, endedAt: endedAt ?? null };
}
