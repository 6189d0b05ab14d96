import type { FaultKind } from '@prunella/protocol';
import type { OperatorCommand, ResourceFacts } from '../../decide/input.ts';
import type { Playbook } from '../../playbook/playbook.ts';
import type { NetworkWeather } from '../network.ts';
import type { CrashPoint, OrderFate } from './fates.ts';

/** A world and everything that will go wrong in it. JSON; the same history always ends in the same record. */
export interface History {
  readonly seed: number;
  /** What kind of story it tells, for people. */
  readonly about: string;
  readonly durationMs: number;
  /** When its world began, ms since the Unix epoch; `worldBegan` where left out. */
  readonly beganAt?: number;
  readonly resources: readonly HistoryResource[];
  readonly services: readonly HistoryService[];
  readonly network: NetworkWeather;
  readonly healer: {
    readonly driftPerMillion: number;
    /** A transaction takes a time between these. */
    readonly commitMs: readonly [number, number];
  };
  readonly targetsCheckFences: boolean;
  /** By how much the clocks of the targets are behind: what is past its time is not, to them. */
  readonly targetsBehindMs: number;
  /** In the order in which requests for approval come; beyond the last one nobody answers. */
  readonly answers: readonly PersonAnswer[];
  /** What becomes of the orders, in their order; beyond the last one each succeeds. */
  readonly fates: readonly OrderFate[];
  /** In any order; each by its time, ms since the world began. */
  readonly happenings: readonly Happening[];
}

export interface HistoryResource {
  readonly facts: ResourceFacts;
  /** False where nothing probes it; true where left out. */
  readonly probed?: boolean;
  readonly playbook: Playbook;
}

export interface HistoryService {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly resources: readonly string[];
  readonly callEveryMs: number;
}

export interface PersonAnswer {
  readonly says: 'yes' | 'no';
  readonly afterMs: number;
}

export type Happening = { readonly at: number } & HappeningKind;

type HappeningKind =
  | {
      readonly what: 'breaks';
      readonly resource: string;
      /** Null for every node of the resource. */
      readonly node: string | null;
      readonly kind: FaultKind;
      /** What mends it: effects, or ids of steps. */
      readonly cures: readonly string[];
      /** Ends by itself after this long; null for never. */
      readonly forMs: number | null;
    }
  /** Calls of a service fail for reasons of its own. */
  | {
      readonly what: 'own-fault';
      readonly service: string;
      readonly resource: string;
      readonly kind: FaultKind;
      readonly forMs: number;
    }
  | { readonly what: 'cut'; readonly from: string; readonly to: string; readonly forMs: number }
  | {
      readonly what: 'healer-crashes';
      readonly point: CrashPoint;
      /** At the next transaction that has such an event; null for any. */
      readonly event: string | null;
      readonly downForMs: number;
    }
  | { readonly what: 'paused'; readonly forMs: number }
  | { readonly what: 'clock-set'; readonly byMs: number }
  | {
      readonly what: 'signal';
      readonly resource: string;
      readonly node: string | null;
      readonly type: string;
      readonly summary?: string;
      readonly data?: Readonly<Record<string, unknown>>;
    }
  /** Every process of a service is replaced, one after the other. */
  | { readonly what: 'deployed'; readonly service: string; readonly how: 'crash' | 'goodbye' }
  /** Processes end and nobody replaces them. */
  | { readonly what: 'gone'; readonly service: string; readonly how: 'crash' | 'goodbye' }
  /** Somebody else mends a node, without a word to the healer. */
  | { readonly what: 'other-repairs'; readonly resource: string; readonly node: string }
  /** The backend names a neighbour besides whom it was asked for. */
  | { readonly what: 'backend-confused'; readonly target: string; readonly forMs: number }
  | { readonly what: 'minion-silent'; readonly target: string; readonly forMs: number }
  | { readonly what: 'person-says'; readonly resource: string; readonly command: OperatorCommand['command'] }
  /** Somebody else begins to act, and a source sees it. */
  | {
      readonly what: 'others-act';
      readonly resource: string;
      readonly as: string;
      /** Null for the resource as a whole. */
      readonly targets: readonly string[] | null;
      readonly forMs: number;
    }
  | {
      readonly what: 'loaded';
      readonly resource: string;
      readonly utilisation: number;
      /** Of what; connections where left out. */
      readonly of?: string;
      readonly forMs: number;
    };
