import type { FaultKind } from '@prunella/protocol';
import type { OperatorCommand } from '../decide/input.ts';
import type { Agenda } from './agenda.ts';
import type { Application } from './application.ts';
import type { Backend } from './backend.ts';
import type { Healer } from './healer.ts';
import type { HealerClock } from './healer-clock.ts';
import type { History, HistoryService } from './history/history.ts';
import type { Network } from './network.ts';
import type { WorldEntry } from './record.ts';
import type { Truth } from './truth.ts';

/** A history while it is lived: what happenings change and the healer's ways out lead to. */
export interface Living {
  readonly history: History;
  readonly agenda: Agenda;
  readonly clock: HealerClock;
  readonly network: Network;
  readonly truth: Truth;
  readonly backend: Backend;
  readonly healer: Healer;
  readonly applications: readonly Application[];
  readonly silentMinions: Set<string>;
  /** Whom the backend names besides those that it is asked for. */
  readonly strayTargets: Set<string>;
  /** Kinds of faults that calls of a service meet by its own doing, by `service resource`. */
  readonly ownFaults: Map<string, FaultKind>;
  note(entry: WorldEntry): void;
  startProcess(service: HistoryService, host: string): void;
  /** A person says something to the healer, and says it again while nobody is there. */
  tell(resource: string, command: OperatorCommand['command']): void;
}
