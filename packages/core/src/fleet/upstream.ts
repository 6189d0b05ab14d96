import type { SickUpstream, Standing } from '../decide/input.ts';
import { standingIn } from './standings.ts';
import type { FleetState } from './state.ts';
import type { Numbered } from './table.ts';
import { type Standings, standingsOf } from './tables.ts';
import type { FleetTold } from './told.ts';

/**
 * Whom to tell which of the resources they depend on are sick, where that has changed with one resource's standing;
 * `was`: what it said before.
 */
export function upstreamChanges(
  { standings: before = standingsOf() }: FleetState,
  { standings: after = standingsOf() }: FleetState,
  was: Standing | null,
  changed: string,
): readonly FleetTold[] {
  // As with most resources: then the older table is not asked at all, which costs the next look at the newer one.
  const dependsOn = [...(was?.dependsOn ?? []), ...(standingIn(after, changed)?.row.dependsOn ?? [])];
  if (dependsOn.length === 0 && after.count('dependsOn', changed) === 0) return [];
  const concerned = concernedBy(changed, before, after);
  // All of the one, then all of the other: an older table is not for reading in turn with a newer one.
  const known = concerned.map((standing) => sickUpstream(standing, before));
  const incidentBefore = standingIn(before, changed)?.row.incident?.id;
  return concerned.flatMap((standing, index): FleetTold[] => {
    const sick = sickUpstream(standing, after);
    const { resource, incident } = standing;
    // What it was told in an earlier incident may be long over.
    const isNew = resource === changed && incidentBefore !== incident?.id;
    if (!isNew && sameSick(known[index] ?? [], sick)) return [];
    return [{ resource, input: { type: 'upstream', sick } }];
  });
}

/**
 * The resource itself, those that depend on it, and, since two that depend on each other wait for neither, those that it
 * depends on over any number of others; as far as they are sick or suspected and depend on something. In their order.
 */
function concernedBy(changed: string, before: Standings, after: Standings): readonly Standing[] {
  const was = standingIn(before, changed)?.row;
  const upstreamBefore = upstreamOf(changed, before);
  const is = standingIn(after, changed);
  const concerned = new Map<number, Standing>();
  const add = ({ number, row }: Numbered<Standing>) => {
    if (row.incident !== null && row.dependsOn.length > 0) concerned.set(number, row);
  };
  if (is !== undefined) add(is);
  if (!standsAlike(was, is?.row)) {
    for (const each of after.find('dependsOn', changed)) add(each);
    for (const name of new Set([...upstreamBefore, ...upstreamOf(changed, after)])) {
      const standing = standingIn(after, name);
      if (standing !== undefined) add(standing);
    }
  }
  return [...concerned].sort(([left], [right]) => left - right).map(([, standing]) => standing);
}

/** So that nobody else can tell the difference. */
function standsAlike(left: Standing | undefined, right: Standing | undefined): boolean {
  const [isLeftSick, isRightSick] = [left?.incident != null, right?.incident != null];
  const [leftOn, rightOn] = [left?.dependsOn ?? [], right?.dependsOn ?? []];
  return (
    isLeftSick === isRightSick &&
    leftOn.length === rightOn.length &&
    leftOn.every((name, index) => rightOn[index] === name)
  );
}

function sickUpstream(standing: Standing, standings: Standings): readonly SickUpstream[] {
  return standing.dependsOn.flatMap((resource) => {
    const upstream = standingIn(standings, resource)?.row;
    if (upstream === undefined || upstream.incident === null) return [];
    // Two that depend on each other would wait for each other for ever.
    if (upstreamOf(resource, standings).has(standing.resource)) return [];
    return [{ resource, since: upstream.incident.firstFaultAt }];
  });
}

/** What a resource depends on, over any number of those that do not stand well, and itself. */
function upstreamOf(resource: string, standings: Standings): ReadonlySet<string> {
  const seen = new Set([resource]);
  for (const name of seen) {
    for (const next of standingIn(standings, name)?.row.dependsOn ?? []) seen.add(next);
  }
  return seen;
}

function sameSick(left: readonly SickUpstream[], right: readonly SickUpstream[]): boolean {
  return (
    left.length === right.length && left.every(({ resource }, index) => right[index]?.resource === resource)
  );
}
