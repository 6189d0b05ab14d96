import type { Fence, ObservationSummary } from '@prunella/protocol';
import type { Effect } from '../playbook/playbook.ts';

/** Everything that can move a resource's machine. The engine feeds one at a time, with its clock's `now`. */
export type ResourceInput =
  | { readonly type: 'summary'; readonly summary: ObservationSummary }
  | { readonly type: 'probe'; readonly result: ProbeResult }
  | { readonly type: 'signal'; readonly signal: Signal }
  | { readonly type: 'operator'; readonly command: OperatorCommand }
  | { readonly type: 'targets'; readonly attempt: string; readonly resolution: TargetResolution }
  | { readonly type: 'permit'; readonly attempt: string; readonly decision: PermitDecision }
  /** The backend took the order; the reference finds it again, such as a Salt job id. */
  | { readonly type: 'dispatched'; readonly attempt: string; readonly reference: string }
  | { readonly type: 'result'; readonly attempt: string; readonly result: ActionResult }
  | { readonly type: 'healer-started' }
  | { readonly type: 'fleet'; readonly fleet: FleetFacts }
  /** Time has passed; nothing else happened. */
  | { readonly type: 'tick' };

export interface NodeFacts {
  readonly name: string;
  /** Id at the backend, such as a Salt minion id; undefined where none was declared. */
  readonly target?: string;
}

/** What is declared for a resource in the configuration; an argument of `decide` beside the playbook. */
export interface ResourceFacts {
  readonly resource: string;
  readonly nodes: readonly NodeFacts[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProbeResult {
  readonly resource: string;
  /** The node probed; null for the resource as a whole (a resource without declared nodes). */
  readonly node: string | null;
  readonly passed: boolean;
  /** When the probe began and ended, by the healer's clock. */
  readonly beganAt: number;
  readonly endedAt: number;
  /** What was seen, for a person: `connect ECONNREFUSED`, `answered in 3 ms`. */
  readonly detail: string;
  readonly kind?: string;
}

export interface Signal {
  /** Unique within the source; a repeated one is a duplicate. */
  readonly id: string;
  readonly source: string;
  /** Such as `process.exit` or `alert`. */
  readonly type: string;
  readonly resource: string;
  readonly node?: string;
  /** `resolved` is evidence, never by itself a verified recovery. */
  readonly status: 'firing' | 'resolved';
  readonly summary: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface OperatorCommand {
  readonly id: string;
  readonly by: string;
  readonly command:
    | { readonly type: 'approve'; readonly attempt: string }
    | { readonly type: 'reject'; readonly attempt: string; readonly reason: string }
    /** After the ladder paused or was exhausted: go on from its beginning. */
    | { readonly type: 'resume-ladder' }
    | { readonly type: 'close'; readonly reason: string };
}

export interface TargetResolution {
  /** False where the backend could not see who the expression means (hook mode). */
  readonly resolved: boolean;
  readonly targets: readonly ResolvedTarget[];
  /** Set where resolving failed altogether; the attempt is then not made. */
  readonly error?: string;
}

export interface ResolvedTarget {
  readonly id: string;
  /** False for a minion that did not answer a ping. Null where that could not be asked. */
  readonly responding: boolean | null;
  /** The node whose declared target this is. */
  readonly node?: string;
}

export interface Hold {
  readonly guardrail: string;
  /** A sentence with its numbers. */
  readonly reason: string;
  /** When it is looked at again; null where only an event (a person, a result) can lift it. */
  readonly until: number | null;
  /** What a person can do about it. */
  readonly remedy: string;
}

export type PermitDecision =
  | { readonly type: 'granted'; readonly permit: string; readonly fence: Fence; readonly expiresAt: number }
  | { readonly type: 'held'; readonly hold: Hold };

export interface ActionResult {
  readonly outcome: 'succeeded' | 'failed' | 'unknown';
  /** A sentence for a person. */
  readonly summary: string;
  readonly targets: readonly TargetOutcome[];
  /** True where the order was provably never taken by anyone. */
  readonly neverSent?: boolean;
}

export interface TargetOutcome {
  readonly id: string;
  readonly outcome: 'succeeded' | 'failed' | 'unknown' | 'refused' | 'silent';
  readonly detail: string;
  readonly fenced: boolean;
}

/** What the fleet machine tells every resource's machine. */
export interface FleetFacts {
  readonly paused: { readonly by: string; readonly reason: string; readonly at: number } | null;
  /** Who ended the pause; only with the facts that tell of its end. */
  readonly resumedBy?: string;
}

/** What a step needs to know of its backend; read from the registry when a playbook is loaded. */
export interface ActionFacts {
  readonly action: string;
  readonly effect: Effect;
  readonly highestAutonomy: 'ask' | 'auto';
}
