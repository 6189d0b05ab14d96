import { type Effect, type FleetFacts, fleetFacts, type ResourceState } from '@prunella/core';
import type { Ledger } from './ledger.ts';
import type { World } from './world.ts';

/** What the engine has before it now, as numbers. Reading them looks at every machine once: 10,000 take a few ms. */
export interface EngineMeasures {
  /** Resources that have a machine: configured, or heard of. */
  readonly resources: number;
  readonly suspected: number;
  /** Open incidents by their ladder. */
  readonly incidents: Readonly<Record<'climbing' | 'paused' | 'exhausted', number>>;
  /** Sent, and not ended yet. */
  readonly inFlight: number;
  readonly verifying: number;
  /** Attempts that wait for a person. */
  readonly awaitingApproval: number;
  /** What no person said and what only one can change: an exhausted or paused ladder, a question that waits. */
  readonly needPerson: number;
  /** Sums over all resources: an instance that uses two counts twice. */
  readonly observers: number;
  readonly alarms: Pick<FleetFacts, 'storm' | 'isolation'>;
}

/** Inputs to be decided, orders that wait for their backend, probes. */
export type EngineWaiting = Readonly<Record<'decisions' | 'orders' | 'probes', number>>;

export function measure(world: World): EngineMeasures {
  const counts = {
    suspected: 0,
    inFlight: 0,
    verifying: 0,
    awaitingApproval: 0,
    needPerson: 0,
    observers: 0,
  };
  const incidents = { climbing: 0, paused: 0, exhausted: 0 };
  for (const resource of world.resources()) {
    const machine = world.record(resource)?.machine;
    if (machine === undefined) continue;
    counts.observers += machine.summary?.observers ?? 0;
    if (machine.suspicion !== null) counts.suspected += 1;
    const { incident } = machine;
    if (incident === null || incident.closed !== null) continue;
    incidents[incident.ladder.state] += 1;
    const phase = incident.attempt?.phase;
    if (phase === 'in-flight') counts.inFlight += 1;
    if (phase === 'verifying') counts.verifying += 1;
    if (phase === 'awaiting-approval') counts.awaitingApproval += 1;
    if (phase === 'awaiting-approval' || incident.ladder.state !== 'climbing') counts.needPerson += 1;
  }
  return { resources: world.size, ...counts, incidents, alarms: fleetFacts(world.fleet) };
}

/** Looks at every machine once, too. */
export function ledgerOf(world: World): Ledger {
  const pendingAt: [string, number][] = [];
  for (const resource of world.resources()) {
    const pending = world.record(resource)?.pending ?? 0;
    if (pending > 0) pendingAt.push([resource, pending]);
  }
  return { ...world.ledger, pendingAt: Object.fromEntries(pendingAt) };
}

/** Null where the machine does not remember it. */
export function effectOf(machine: ResourceState | undefined, attempt: string): Effect | null {
  if (machine === undefined) return null;
  const incidents = machine.incident === null ? machine.past : [machine.incident, ...machine.past];
  for (const incident of incidents) {
    const all = incident.attempt === null ? incident.attempts : [incident.attempt, ...incident.attempts];
    const found = all.find(({ id }) => id === attempt);
    if (found !== undefined) return found.effect;
  }
  return null;
}
