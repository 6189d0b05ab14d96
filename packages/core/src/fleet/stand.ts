import type { Standing } from '../decide/input.ts';
import { isWell } from '../decide/standing.ts';
import { isolationOf } from './isolation.ts';
import { lineageOf } from './lineage.ts';
import type { Opening } from './rows.ts';
import type { FleetSettings } from './settings.ts';
import { standingIn, withStanding } from './standings.ts';
import type { FleetState } from './state.ts';
import { stormOf } from './storm.ts';
import { type Openings, openingsOf } from './tables.ts';
import type { FleetTold } from './told.ts';
import { upstreamChanges } from './upstream.ts';

const openingsKept = 100;

/** Takes in what a resource's machine said of itself, and finds who must learn of it. */
export function receiveStanding(
  state: FleetState,
  standing: Standing,
  now: number,
): { readonly state: FleetState; readonly told: readonly FleetTold[] } {
  const before = standingIn(state.standings, standing.resource)?.row ?? null;
  const standings = withStanding(state.standings, standing, isWell(standing));
  const opened = standing.incident?.open === true ? standing.incident.id : null;
  const isNewlyOpen = opened !== null && !(before?.incident?.open === true && before.incident.id === opened);
  const after: FleetState = {
    ...state,
    standings,
    ...(isNewlyOpen ? withOpening(state.openings ?? openingsOf(), { incident: opened, at: now }) : {}),
  };
  const lineage = isNewlyOpen ? lineageOf(after, standing, now) : [];
  return { state: after, told: [...upstreamChanges(state, after, before, standing.resource), ...lineage] };
}

function withOpening(openings: Openings, opening: Opening): Pick<FleetState, 'openings'> {
  if (openings.count('incident', opening.incident) > 0) return {};
  const first = openings.size < openingsKept ? undefined : openings.eldest();
  return { openings: (first === undefined ? openings : openings.without(first.number)).with(opening) };
}

/** Storm and isolation as they are now; the same state where neither has begun, ended or got another end. */
export function withAlarms(state: FleetState, settings: FleetSettings, now: number): FleetState {
  const storm = stormOf(state, settings, now);
  const isolation = isolationOf(state, settings, now);
  const isSame = sameAlarm(storm, state.storm ?? null) && sameAlarm(isolation, state.isolation ?? null);
  return isSame ? state : { ...state, storm, isolation };
}

/** Its numbers may move on without every machine being told. */
function sameAlarm(left: FleetState['storm'], right: FleetState['storm']): boolean {
  return (left == null) === (right == null) && left?.until === right?.until;
}
