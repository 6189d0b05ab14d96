import type { SickUpstream, Standing } from '../decide/input.ts';
import { gathered } from './standings.ts';
import type { FleetState } from './state.ts';
import type { FleetTold } from './told.ts';

/** Whom to tell which of the resources they depend on are sick, where that has changed. */
export function upstreamChanges(before: FleetState, after: FleetState): readonly FleetTold[] {
  const standings = after.standings ?? {};
  const told: FleetTold[] = [];
  for (const standing of gathered(standings).dependent) {
    const sick = sickUpstream(standing, standings);
    const known = sickUpstream(standing, before.standings ?? {});
    // What it was told in an earlier incident may be long over.
    const isNew = before.standings?.[standing.resource]?.incident?.id !== standing.incident?.id;
    if (!isNew && sameSick(known, sick)) continue;
    told.push({ resource: standing.resource, input: { type: 'upstream', sick } });
  }
  return told;
}

function sickUpstream(
  standing: Standing,
  standings: Readonly<Record<string, Standing>>,
): readonly SickUpstream[] {
  return standing.dependsOn.flatMap((resource) => {
    const upstream = standings[resource];
    if (upstream === undefined || upstream.incident === null) return [];
    // Two that depend on each other would wait for each other for ever.
    if (dependsOn(upstream, standing.resource, standings)) return [];
    return [{ resource, since: upstream.incident.firstFaultAt }];
  });
}

/** Over any number of sick resources in between. */
function dependsOn(from: Standing, resource: string, standings: Readonly<Record<string, Standing>>): boolean {
  const seen = new Set<string>();
  const open = [from.resource];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === resource) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(standings[name]?.dependsOn ?? []));
  }
  return false;
}

function sameSick(left: readonly SickUpstream[], right: readonly SickUpstream[]): boolean {
  return (
    left.length === right.length && left.every(({ resource }, index) => right[index]?.resource === resource)
  );
}
