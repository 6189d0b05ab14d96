import type { PermitRequest } from '../decide/command.ts';
import type { FleetFacts, PermitDecision, Standing } from '../decide/input.ts';
import { killSwitchHold } from './checks.ts';
import { answerRequest } from './grant.ts';
import { lineageEnded } from './lineage.ts';
import type { Lease } from './rows.ts';
import { defaultFleetSettings, type FleetSettings } from './settings.ts';
import { receiveStanding, withAlarms } from './stand.ts';
import type { FleetState } from './state.ts';
import type { Numbered, Table } from './table.ts';
import { hourOf, inHours } from './tables.ts';
import type { FleetTold } from './told.ts';
import { tellWaiting, withoutTurn, withWaiting } from './waiting.ts';

export type FleetInput =
  | { readonly type: 'request'; readonly request: PermitRequest }
  /**
   * `unsent`: the order provably never left, so that it counts against no budget. `turn`: it was told that its turn
   * had come, and does not want it.
   */
  | {
      readonly type: 'release';
      readonly attempt: string;
      readonly unsent?: true;
      readonly turn?: true;
    }
  /** The permit was used: from now on it ends by release only, not by its expiry. */
  | { readonly type: 'used'; readonly attempt: string }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string }
  /** A resource's machine says that what the fleet must know of it has changed. */
  | { readonly type: 'standing'; readonly standing: Standing }
  /** How many resources the healer watches: what shares are counted of. */
  | { readonly type: 'census'; readonly resources: number }
  | { readonly type: 'tick' };

export interface FleetPermit {
  readonly resource: string;
  readonly attempt: string;
  readonly decision: PermitDecision;
}

export interface FleetDecision {
  readonly state: FleetState;
  /** The answer to a request, and to earlier ones that this input decided (revoked or expired). */
  readonly permits: readonly FleetPermit[];
  /** Set where what every resource's machine must know has changed. */
  readonly facts: FleetFacts | null;
  /** What single resources' machines must learn. */
  readonly told: readonly FleetTold[];
}

const dayMs = 86_400_000;

/**
 * The frame of the fleet machine: kill switch, storm, isolation, budgets, failure domains, a lock for each target,
 * and who must learn of whom. Total and deterministic. A held request is not queued: the attempt asks again when
 * its hold says so.
 */
export type DecideFleet = (
  state: FleetState,
  input: FleetInput,
  now: number,
  settings?: FleetSettings,
) => FleetDecision;

export const decideFleet: DecideFleet = (before, input, now, settings = defaultFleetSettings) => {
  const expired = before.leases.find('unused').filter(({ row }) => row.expiresAt <= now);
  const forgotten = forget(before, expired, settings, now);
  const moved = move(withAlarms(forgotten, settings, now), input, now, settings);
  const gaveBack = expired.length > 0 || moved.gaveBack === true;
  const { state: unlocked, told } = gaveBack ? tellWaiting(moved.state) : { state: moved.state, told: [] };
  const state = withAlarms(unlocked, settings, now);
  const hasNewAlarm = state.storm !== before.storm || state.isolation !== before.isolation;
  return {
    state,
    permits: [
      ...expired.map(({ row: lease }) => ({
        resource: lease.resource,
        attempt: lease.attempt,
        decision: { type: 'held' as const, hold: expiredHold(lease, now) },
      })),
      ...(moved.permits ?? []),
    ],
    facts: moved.changed === true || hasNewAlarm ? { ...fleetFacts(state), ...moved.facts } : null,
    told: [...(moved.told ?? []), ...told],
  };
};

interface Moved {
  readonly state: FleetState;
  readonly permits?: readonly FleetPermit[];
  readonly told?: readonly FleetTold[];
  readonly facts?: Pick<FleetFacts, 'resumedBy'>;
  /** What every resource's machine must know is another. */
  readonly changed?: boolean;
  /** Some targets are free that were not. */
  readonly gaveBack?: boolean;
}

function move(state: FleetState, input: FleetInput, now: number, settings: FleetSettings): Moved {
  switch (input.type) {
    case 'request': {
      const { request } = input;
      const { state: answered, decision } = answerRequest(state, request, now, settings);
      const { resource, attempt } = request;
      return {
        state: withWaiting(answered, request, decision),
        permits: [{ resource, attempt, decision }],
      };
    }
    case 'release':
      return release(state, input, now);
    case 'used':
      return { state: use(state, input.attempt, now) };
    case 'pause':
      return pause(state, input, now);
    case 'resume':
      if (state.paused === null) return { state };
      return { state: { ...state, paused: null }, facts: { resumedBy: input.by }, changed: true };
    case 'standing':
      return receiveStanding(state, input.standing, now);
    case 'census':
      return state.resources === input.resources
        ? { state }
        : { state: { ...state, resources: input.resources } };
    case 'tick':
      return { state };
  }
}

/** What every resource's machine must know now, such as after a start. */
export function fleetFacts(state: FleetState): FleetFacts {
  return { paused: state.paused, storm: state.storm ?? null, isolation: state.isolation ?? null };
}

/** When the fleet wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextFleetAt(state: FleetState): number | null {
  const unused = state.leases.find('unused').map(({ row }) => row.expiresAt);
  const alarms = [state.storm, state.isolation].flatMap((alarm) => alarm?.until ?? []);
  const times = [...unused, ...alarms];
  return times.length === 0 ? null : Math.min(...times);
}

function forget(
  state: FleetState,
  expired: readonly Numbered<Lease>[],
  { storm }: FleetSettings,
  now: number,
): FleetState {
  const { openings } = state;
  // Asked at every input.
  const oldOpenings = openings?.where(({ at }) => at <= now - storm.withinMs) ?? [];
  const lastHour = Number(hourOf(now - dayMs));
  const oldStarts = inHours(state.starts, 'hour', (hour) => hour <= lastHour).filter(
    ({ row }) => row.at <= now - dayMs,
  );
  if (expired.length + oldOpenings.length + oldStarts.length === 0) return state;
  return {
    ...state,
    ...(openings !== undefined && oldOpenings.length > 0
      ? { openings: withoutAll(openings, oldOpenings) }
      : {}),
    leases: withoutAll(state.leases, expired),
    starts: withoutAll(state.starts, oldStarts),
  };
}

function release(state: FleetState, input: Extract<FleetInput, { type: 'release' }>, now: number): Moved {
  const lease = state.leases.first('attempt', input.attempt);
  if (lease === undefined) return { state: withoutTurn(state, input.attempt), gaveBack: input.turn === true };
  const leases = state.leases.without(lease.number);
  const start = state.starts.first('attempt', input.attempt);
  if (start === undefined) return { state: { ...state, leases }, gaveBack: true };
  const { number, row } = start;
  const starts = input.unsent
    ? state.starts.without(number)
    : state.starts.withReplaced(number, { ...row, endedAt: now });
  const after: FleetState = { ...state, leases, starts };
  return { state: after, told: lineageEnded(after, row, now), gaveBack: true };
}

function use(state: FleetState, attempt: string, now: number): FleetState {
  const found = state.leases.find('attempt', attempt).find(({ row }) => !row.used);
  if (found === undefined) return state;
  const { number, row: lease } = found;
  const { resource, effect, targets } = lease;
  return {
    ...state,
    leases: state.leases.withReplaced(number, { ...lease, used: true }),
    starts: state.starts.with({ attempt, resource, effect, at: now, targets }),
  };
}

function pause(state: FleetState, input: Extract<FleetInput, { type: 'pause' }>, now: number): Moved {
  const paused = { by: input.by, reason: input.reason, at: state.paused?.at ?? now };
  const revoked = state.leases.find('unused');
  return {
    state: { ...state, paused, leases: withoutAll(state.leases, revoked) },
    permits: revoked.map(({ row: lease }) => ({
      resource: lease.resource,
      attempt: lease.attempt,
      decision: { type: 'held' as const, hold: killSwitchHold(paused) },
    })),
    changed: true,
    gaveBack: revoked.length > 0,
  };
}

function withoutAll<Row, Name extends string>(
  table: Table<Row, Name>,
  gone: readonly Numbered<Row>[],
): Table<Row, Name> {
  return gone.reduce((left, { number }) => left.without(number), table);
}

function expiredHold(lease: Lease, now: number) {
  return {
    guardrail: 'permit-expired',
    reason: `permit ${lease.permit} was not used within ${Math.round((lease.expiresAt - lease.grantedAt) / 1000)} s`,
    until: now,
    remedy: 'nothing: the attempt asks again with fresh evidence',
  };
}
