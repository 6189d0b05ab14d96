import type { FleetState, Playbook, ResourceState } from '@prunella/core';
import type { LedgerCounts } from './ledger.ts';

/** What the engine keeps of one resource; on disk as one value under `resource/NAME`. Never changed in place. */
export interface ResourceRecord {
  readonly version: 1;
  readonly machine: ResourceState;
  /** When the machine wants its next tick. */
  readonly wakeAt: number | null;
  /** The playbook that the open incident was opened under; null where none is open. */
  readonly playbook: Playbook | null;
  /** Suspected or open: its nodes are probed periodically. */
  readonly watched: boolean;
  /** Triggers that nothing became of yet. */
  readonly pending: number;
}

export interface WorldView {
  record(resource: string): ResourceRecord | undefined;
  /** All that have a record. */
  resources(): readonly string[];
  readonly fleet: FleetState;
  readonly ledger: LedgerCounts;
}

/** All machines as they are on disk, but for changes that nothing hangs on. */
export class World implements WorldView {
  readonly #records: Map<string, ResourceRecord>;
  fleet: FleetState;
  /** As it is on disk; null before the first time. */
  writtenFleet: FleetState | null;
  ledger: LedgerCounts;

  constructor(
    records: Map<string, ResourceRecord>,
    fleet: { readonly present: FleetState; readonly written: FleetState | null },
    ledger: LedgerCounts,
  ) {
    this.#records = records;
    this.fleet = fleet.present;
    this.writtenFleet = fleet.written;
    this.ledger = ledger;
  }

  record(resource: string): ResourceRecord | undefined {
    return this.#records.get(resource);
  }

  get size(): number {
    return this.#records.size;
  }

  resources(): readonly string[] {
    return [...this.#records.keys()];
  }

  adopt(changes: {
    readonly records: ReadonlyMap<string, ResourceRecord>;
    readonly fleet: FleetState;
    readonly ledger: LedgerCounts;
  }): void {
    for (const [resource, record] of changes.records) {
      this.#records.set(resource, record);
    }
    this.fleet = changes.fleet;
    this.ledger = changes.ledger;
  }
}
