import { expect, it } from 'vitest';
import type { Standing } from '../decide/input.ts';
import { decideFleet, type FleetInput } from './fleet.ts';
import { initialFleetState } from './initial.ts';
import { defaultFleetSettings, type FleetSettings } from './settings.ts';
import { type FleetJson, fleetParts, fleetStateFrom } from './stored.ts';

const now = 1_800_000_000_000;
const minuteMs = 60_000;

const settings: FleetSettings = {
  ...defaultFleetSettings,
  concurrency: 100_000,
  storm: { incidents: 100_000, withinMs: 5 * minuteMs, share: 1, leastResources: 100_000 },
};

const openIncident = (resource: string): Standing => ({
  resource,
  incident: { id: `${resource}.1`, open: true, firstFaultAt: now - 10 * minuteMs },
  probesFailSince: now - 10 * minuteMs,
  silentSince: null,
  targets: [`target of ${resource}`],
  dependsOn: [`disk of ${resource}`],
  domains: [],
});

/** So many open incidents, each with an attempt that runs, one that ran before, and one of a neighbour that waits. */
function busy(count: number, onLook: () => void): FleetJson {
  const watched = <Row extends object>(row: Row): Row =>
    new Proxy(row, {
      get(target, name) {
        onLook();
        return Reflect.get(target, name);
      },
    });
  const all = Array.from({ length: count }, (_, number) => `a/${number}`);
  const rows = all.map((resource, number) => {
    const targets = [`target of ${resource}`];
    const at = now - (20 * minuteMs * (count - number)) / count;
    const attempt = `${resource}.1.2`;
    const common = { attempt, resource, effect: 'disrupts' as const, targets };
    return {
      lease: watched({
        ...common,
        permit: `permit-1-${number}`,
        fence: { authority: 'here', generation: 1, number },
        grantedAt: at,
        expiresAt: at + 10_000,
        used: true,
      }),
      start: watched({ ...common, attempt: `${resource}.1.1`, at: at - minuteMs, endedAt: at - 1_000 }),
      running: watched({ ...common, at }),
      waiting: watched({ attempt: `${resource}.w`, resource: `w/${number}`, targets }),
      standing: watched(openIncident(resource)),
    };
  });
  const empty: FleetJson = JSON.parse(JSON.stringify(initialFleetState('here', 1)));
  return {
    ...empty,
    resources: 4 * count,
    leases: rows.map(({ lease }) => lease),
    waiting: rows.slice(0, 1_000).map(({ waiting }) => waiting),
    starts: [...rows.map(({ start }) => start), ...rows.map(({ running }) => running)],
    standings: Object.fromEntries(rows.map(({ standing }, number) => [`a/${number}`, standing])),
  };
}

/** What a signal leads to at the fleet, from the opening to the end of its attempt. */
const ofOneSignal: readonly FleetInput[] = [
  { type: 'standing', standing: openIncident('new/one') },
  {
    type: 'request',
    request: {
      resource: 'new/one',
      incident: 'new/one.1',
      attempt: 'new/one.1.1',
      effect: 'disrupts',
      targets: ['target of new/one'],
      attemptsPerDay: 4,
      disruptivePerFleetHour: 100_000,
    },
  },
  { type: 'used', attempt: 'new/one.1.1' },
  { type: 'tick' },
  { type: 'release', attempt: 'new/one.1.1' },
  {
    type: 'standing',
    standing: { ...openIncident('new/one'), incident: null, probesFailSince: null },
  },
];

/** How often a row of another resource is looked at, and how many parts are written. */
function costOfOneSignal(openIncidents: number) {
  let looks = 0;
  let written = 0;
  let state = fleetStateFrom(busy(openIncidents, () => (looks += 1)));
  const cost = ofOneSignal.map((input) => {
    looks = 0;
    const decision = decideFleet(state, input, now, settings);
    const { set, gone } = fleetParts(decision.state, state);
    written += set.size + gone.length;
    state = decision.state;
    return { input: input.type, looks };
  });
  return { cost, written, permits: state.fenceNumber };
}

it('what one signal costs the fleet is the same with ten open incidents and with two thousand', () => {
  const few = costOfOneSignal(10);
  expect(few.permits).toBe(1);
  expect(costOfOneSignal(2_000)).toEqual(few);
});
