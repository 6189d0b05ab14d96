import type { Command, FleetState } from '@prunella/core';
import type { StoredAttempt, StoredIncident, StoredSignal, Transaction } from '../store/store.ts';
import { fleetStates } from './fleet-states.ts';
import type { LedgerCounts } from './ledger.ts';
import { recordText } from './record-text.ts';
import {
  isOnlyUnheeded,
  isOtherUnheeded,
  unheededKey,
  unheededStateOf,
  withoutUnheeded,
} from './unheeded.ts';
import type { ResourceRecord, WorldView } from './world.ts';

/** What `observe` is told. */
export type Follow = Extract<Command, { type: 'follow-cohort' | 'follow-witnesses' }>;

/** A command for the outside, and whom it concerned at the moment of its decision. */
export interface OutgoingCommand {
  readonly command: Command;
  /** For `direct` only. */
  readonly recipients: readonly string[];
}

/**
 * What one input, or a batch of them, changes: laid over the world, written as one transaction, and adopted
 * when it is on disk. Dropping it undoes everything.
 */
export class Changes implements WorldView {
  readonly #below: WorldView;
  readonly records = new Map<string, ResourceRecord>();
  readonly events: Transaction['events'][number][] = [];
  readonly outgoing: OutgoingCommand[] = [];
  readonly outboxDone: number[] = [];
  readonly attempts = new Map<string, StoredAttempt>();
  readonly signals: StoredSignal[] = [];
  readonly incidents = new Map<string, StoredIncident>();
  /** For `observe`, in memory: done when the rest is adopted, so that what was refused has not happened there either. */
  readonly follows: Follow[] = [];
  #fleet: FleetState | null = null;
  #fleetWritten = false;
  #ledger: LedgerCounts | null = null;

  constructor(below: WorldView) {
    this.#below = below;
  }

  record(resource: string): ResourceRecord | undefined {
    return this.records.get(resource) ?? this.#below.record(resource);
  }

  /** With those that are made here: a pause reaches them, too. */
  resources(): readonly string[] {
    const made = [...this.records.keys()].filter((name) => this.#below.record(name) === undefined);
    return [...this.#below.resources(), ...made];
  }

  get fleet(): FleetState {
    return this.#fleet ?? this.#below.fleet;
  }

  /** Null where it has not moved. */
  get changedFleet(): FleetState | null {
    return this.#fleet;
  }

  get ledger(): LedgerCounts {
    return this.#ledger ?? this.#below.ledger;
  }

  /** `durable` where somebody was told something that the state must not forget. */
  setFleet(fleet: FleetState, durable: boolean): void {
    this.#fleet = fleet;
    this.#fleetWritten ||= durable;
  }

  setLedger(ledger: LedgerCounts): void {
    this.#ledger = ledger;
  }

  /** Takes over what was laid over this one. */
  absorb(above: Changes): void {
    for (const [resource, record] of above.records) {
      this.records.set(resource, record);
    }
    this.events.push(...above.events);
    this.outgoing.push(...above.outgoing);
    this.outboxDone.push(...above.outboxDone);
    this.signals.push(...above.signals);
    this.follows.push(...above.follows);
    for (const [attempt, stored] of above.attempts) {
      this.attempts.set(attempt, stored);
    }
    for (const [incident, stored] of above.incidents) {
      this.incidents.set(incident, stored);
    }
    this.#fleet = above.#fleet ?? this.#fleet;
    this.#fleetWritten ||= above.#fleetWritten;
    this.#ledger = above.#ledger ?? this.#ledger;
  }

  /** False where only machines moved on without an event or a command: a crash may forget that. */
  get mustBeWritten(): boolean {
    return (
      this.events.length > 0 ||
      this.outgoing.length > 0 ||
      this.attempts.size > 0 ||
      this.signals.length > 0 ||
      this.#fleetWritten
    );
  }

  /** Whether the record is written, too, and not only what its resource did not heed. */
  isWhole(resource: string, record: ResourceRecord): boolean {
    return !isOnlyUnheeded(this.#below.record(resource), record);
  }

  /** What is on disk of the fleet says what need not be written again. */
  toTransaction(writtenFleet: FleetState | null): Transaction {
    const fleet = this.#fleet === null ? null : fleetStates(this.#fleet, writtenFleet);
    const states = new Map<string, unknown>();
    const statesGone = [...(fleet?.gone ?? [])];
    for (const [resource, record] of this.records) {
      if (this.isWhole(resource, record)) {
        states.set(resourceKey(resource), recordText(withoutUnheeded(record)));
      }
      if (!isOtherUnheeded(this.#below.record(resource), record)) continue;
      const unheeded = unheededStateOf(record);
      if (unheeded === undefined) statesGone.push(unheededKey(resource));
      else states.set(unheededKey(resource), unheeded);
    }
    for (const [key, part] of fleet?.set ?? []) {
      states.set(key, part);
    }
    if (this.#ledger !== null) {
      states.set(ledgerKey, this.#ledger);
    }
    return {
      events: this.events,
      states,
      statesGone,
      outboxAdd: this.outgoing.map((each) => each.command),
      outboxDone: this.outboxDone,
      attempts: [...this.attempts.values()],
      signals: this.signals,
      incidents: [...this.incidents.values()],
    };
  }
}

export const ledgerKey = 'ledger';
const resourcePrefix = 'resource/';

function resourceKey(resource: string): string {
  return resourcePrefix + resource;
}

/** Undefined where the key is not a resource's. */
export function resourceOfKey(key: string): string | undefined {
  return key.startsWith(resourcePrefix) ? key.slice(resourcePrefix.length) : undefined;
}
