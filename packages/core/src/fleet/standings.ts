import type { Standing } from '../decide/input.ts';
import type { FleetState } from './state.ts';

export type Standings = NonNullable<FleetState['standings']>;

/** The standings of one state, sorted by what is asked of them. */
interface Gathered {
  /** How many have an open incident. */
  readonly open: number;
  readonly failing: readonly Standing[];
  readonly silent: readonly Standing[];
  /** Those that depend on others and are sick or suspected. */
  readonly dependent: readonly Standing[];
}

const none: Standings = {};

/** Standings are never changed in place: they are looked through once, however often the fleet asks of them. */
const known = new WeakMap<Standings, Gathered>();

export function gathered(standings: Standings = none): Gathered {
  const before = known.get(standings);
  if (before !== undefined) return before;
  let open = 0;
  const failing: Standing[] = [];
  const silent: Standing[] = [];
  const dependent: Standing[] = [];
  for (const resource in standings) {
    const standing = standings[resource];
    if (standing === undefined) continue;
    if (standing.incident?.open === true) open += 1;
    if (standing.probesFailSince !== null) failing.push(standing);
    if (standing.silentSince !== null) silent.push(standing);
    if (standing.incident !== null && standing.dependsOn.length > 0) dependent.push(standing);
  }
  const found = { open, failing, silent, dependent };
  known.set(standings, found);
  return found;
}

/** With what one resource's machine said of itself; the same where nothing is to be kept and nothing was. */
export function withStanding(standings: Standings = none, standing: Standing, isWell: boolean): Standings {
  const { resource } = standing;
  if (!Object.hasOwn(standings, resource)) {
    return isWell ? standings : { ...standings, [resource]: standing };
  }
  // Behind the others: their order is that of the last change, and is decided by.
  const { [resource]: _, ...others } = standings;
  return isWell ? others : { ...others, [resource]: standing };
}
