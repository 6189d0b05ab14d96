import type { AttemptOrder, Command } from '../decide/command.ts';
import { initialResourceState } from '../decide/initial.ts';
import type { ActionResult } from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';
import { initialFleetState } from '../fleet/initial.ts';
import type { FleetState } from '../fleet/state.ts';
import { fleetStateFrom } from '../fleet/stored.ts';
import type { Playbook } from '../playbook/playbook.ts';

/** What is kept of a resource: its machine, and the playbook that its open incident was opened under. */
export interface ResourceRecord {
  readonly machine: ResourceState;
  readonly wakeAt: number | null;
  readonly playbook: Playbook | null;
}

export interface OpenAttempt {
  readonly order: AttemptOrder;
  readonly reference: string | null;
}

/** All that a healer has on disk. A transaction replaces it whole, so a crash finds one or the other. */
export interface Stored {
  readonly records: ReadonlyMap<string, ResourceRecord>;
  readonly fleet: FleetState;
  /** Commands not carried out to their end yet, by a number that only grows. */
  readonly outbox: ReadonlyMap<number, Command>;
  readonly outboxNumber: number;
  /** Orders whose result is not on disk. */
  readonly attempts: ReadonlyMap<string, OpenAttempt>;
}

export function emptyStore(generation: number): Stored {
  return {
    records: new Map(),
    fleet: initialFleetState('simulated', generation),
    outbox: new Map(),
    outboxNumber: 0,
    attempts: new Map(),
  };
}

export function freshRecord(resource: string): ResourceRecord {
  return { machine: initialResourceState(resource), wakeAt: null, playbook: null };
}

/** What comes back from a disk is JSON and nothing else. */
export function reread(stored: Stored): Stored {
  const again = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
  return {
    records: new Map([...stored.records].map(([name, record]) => [name, again(record)])),
    fleet: fleetStateFrom(JSON.parse(JSON.stringify(stored.fleet))),
    outbox: new Map([...stored.outbox].map(([id, command]) => [id, again(command)])),
    outboxNumber: stored.outboxNumber,
    attempts: new Map([...stored.attempts].map(([id, attempt]) => [id, again(attempt)])),
  };
}

export const unknownResult = (summary: string): ActionResult => ({
  outcome: 'unknown',
  summary,
  targets: [],
});
export const neverSent = (summary: string): ActionResult => ({
  outcome: 'failed',
  summary,
  targets: [],
  neverSent: true,
});
