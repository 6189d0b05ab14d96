import type { Standing } from '../decide/input.ts';
import type { FleetState } from './state.ts';
import type { Numbered } from './table.ts';
import { type Standings, standingsOf } from './tables.ts';

export function standingIn(
  standings: Standings | undefined,
  resource: string,
): Numbered<Standing> | undefined {
  return standings?.first('resource', resource);
}

/** With what one resource's machine said of itself; the same where nothing is to be kept and nothing was. */
export function withStanding(
  standings: Standings = standingsOf(),
  standing: Standing,
  isWell: boolean,
): Standings {
  const known = standingIn(standings, standing.resource);
  // Behind the others: their order is that of the last change, and is decided by.
  const others = known === undefined ? standings : standings.without(known.number);
  return isWell ? others : others.with(standing);
}

/** What a resource's machine said of itself last; undefined where it is well. */
export function standingOf({ standings }: FleetState, resource: string): Standing | undefined {
  return standingIn(standings, resource)?.row;
}
