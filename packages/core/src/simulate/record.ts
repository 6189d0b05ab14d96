import type { FaultKind } from '@prunella/protocol';
import type { AttemptOrder, Command, PermitRequest } from '../decide/command.ts';
import type { ResourceEvent } from '../decide/event.ts';
import type { OperatorCommand, PermitDecision, ResourceInput, Signal } from '../decide/input.ts';
import type { FleetState } from '../fleet/state.ts';
import type { Effect } from '../playbook/playbook.ts';
import type { History } from './history/history.ts';

/** When something was, in ms since the world began; `clock` is what the healer's own clock said then, or when
 * it decided what it wrote. */
interface Moment {
  readonly at: number;
  readonly clock: number;
}

/** What the healer wrote down: it counts from its commit on, and outlives a crash. */
export type WrittenEntry =
  | { readonly type: 'event'; readonly resource: string; readonly event: ResourceEvent }
  | { readonly type: 'command'; readonly resource: string; readonly command: Command }
  | { readonly type: 'permit'; readonly request: PermitRequest | null; readonly decision: PermitDecision }
  | { readonly type: 'kill-switch'; readonly paused: boolean }
  /** What moved a machine. */
  | { readonly type: 'input'; readonly resource: string; readonly input: ResourceInput };

/** What happened in the world, whether or not the healer knows. */
export type WorldEntry =
  | { readonly type: 'healer'; readonly what: 'started' | 'crashed' }
  | { readonly type: 'clock-set'; readonly byMs: number }
  | {
      readonly type: 'truth';
      readonly resource: string;
      readonly node: string;
      readonly fault: FaultKind | null;
    }
  /** A backend was called with the order. */
  | { readonly type: 'sent'; readonly order: AttemptOrder }
  /** A target did what the order says; `wasWell` is the truth of its node at the moment before. */
  | {
      readonly type: 'applied';
      readonly target: string;
      readonly attempt: string;
      readonly effect: Effect;
      readonly fence: number;
      readonly checked: boolean;
      readonly notAfter: number;
      /** What the clock of the target said, ms since the Unix epoch. */
      readonly targetClock: number;
      readonly wasWell: boolean;
    }
  | {
      readonly type: 'target-refused';
      readonly target: string;
      readonly attempt: string;
      readonly why: string;
    }
  | { readonly type: 'person'; readonly resource: string; readonly command: OperatorCommand }
  | { readonly type: 'signalled'; readonly signal: Signal }
  /** A person was told something. */
  | { readonly type: 'told'; readonly text: string }
  /** Somebody other than the healer mended it. */
  | { readonly type: 'other-repaired'; readonly resource: string; readonly node: string }
  /** Somebody else is at work, or has ended. */
  | {
      readonly type: 'others';
      readonly resource: string;
      readonly what: string;
      readonly targets: readonly string[] | null;
      readonly began: boolean;
    }
  | {
      readonly type: 'loaded';
      readonly resource: string;
      readonly of: string;
      readonly utilisation: number;
    }
  | { readonly type: 'cut'; readonly from: string; readonly to: string; readonly cut: boolean };

export type Entry = Moment & (WrittenEntry | WorldEntry);
export type EntryOf<Type extends Entry['type']> = Extract<Entry, { type: Type }>;

/** A history that was lived, and what the healer had on disk of the fleet at its end. */
export interface Run {
  readonly history: History;
  readonly entries: readonly Entry[];
  readonly fleet: FleetState;
}
