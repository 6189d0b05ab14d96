import type { Directive, Fence } from '@prunella/protocol';
import type { Effect, TargetExpression } from '../playbook/playbook.ts';
import type { DryRunRequest, Standing } from './input.ts';

/**
 * What the engine must do. Commands are written with the events in one transaction (the outbox) and carried
 * out after it; each may be carried out again after a crash, so each is safe to repeat, but for `dispatch`,
 * which the engine looks for first.
 */
export type Command =
  /** Ask again, with a `tick`, not before this time. Replaces the resource's earlier one. */
  | { readonly type: 'wake'; readonly resource: string; readonly at: number }
  /** Probe every node (or the resource, where it has none) once, now. */
  | {
      readonly type: 'probe';
      readonly resource: string;
      readonly purpose: 'confirm' | 'recheck' | 'verify';
      readonly timeoutMs: number;
    }
  | {
      readonly type: 'resolve-targets';
      readonly resource: string;
      readonly attempt: string;
      readonly action: string;
      readonly target: TargetExpression;
      /** The declared targets of the nodes whose probe fails; what `failing-nodes` means now. */
      readonly failing: readonly { readonly node: string; readonly target: string }[];
      /** Also wanted: what the action with these arguments would change. */
      readonly dryRun?: DryRunRequest;
    }
  | { readonly type: 'request-permit'; readonly request: PermitRequest }
  | {
      readonly type: 'release-permit';
      readonly resource: string;
      readonly attempt: string;
      /** The order provably never left: it counts against no budget. */
      readonly unsent?: true;
      /** It was told that its turn has come, and does not want it now. */
      readonly turn?: true;
    }
  | { readonly type: 'dispatch'; readonly order: AttemptOrder }
  /** What the fleet must know of the resource has changed. */
  | { readonly type: 'tell-fleet'; readonly standing: Standing }
  | { readonly type: 'cancel'; readonly resource: string; readonly attempt: string }
  /** `cohort`: those that were sick in this incident. `others`: all other observers of the resource. */
  | { readonly type: 'direct'; readonly to: 'cohort' | 'others'; readonly directive: Directive }
  /** Tells `observe` whom to count: begin at opening, mark at an action's end, end at closing. */
  | {
      readonly type: 'follow-cohort';
      readonly resource: string;
      readonly incident: string;
      readonly what: 'begin' | 'mark' | 'end';
      readonly at: number;
      /** With `begin` after a restart: ids of members known from before, gone until they are heard again. */
      readonly members?: readonly string[];
    }
  /**
   * Tells `observe` whose view to tell by name. Changes no decision: only the log tells of it. `until` null: until it
   * is ended or begun anew.
   */
  | {
      readonly type: 'follow-witnesses';
      readonly resource: string;
      readonly what: 'begin';
      readonly until: number | null;
      /** Those that have a name already; where there is room the sick are added. */
      readonly names: readonly string[];
    }
  | { readonly type: 'follow-witnesses'; readonly resource: string; readonly what: 'end' }
  | {
      readonly type: 'notify';
      readonly resource: string;
      readonly incident: string;
      readonly needsPerson: boolean;
      readonly text: string;
    };

export interface PermitRequest {
  readonly resource: string;
  readonly incident: string;
  readonly attempt: string;
  readonly effect: Effect;
  /** Exactly these are locked, all or none. */
  readonly targets: readonly string[];
  readonly attemptsPerDay: number;
  readonly disruptivePerFleetHour: number;
  /** Failure domains of the targets, where declared. Undefined: none. */
  readonly domains?: readonly string[];
}

/** Everything a backend needs, complete in itself: it is on disk before the backend is called. */
export interface AttemptOrder {
  readonly attempt: string;
  readonly resource: string;
  readonly incident: string;
  readonly step: string;
  readonly action: string;
  readonly effect: Effect;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The expression as written; sent as it is only where `resolved` is false. */
  readonly target: TargetExpression;
  readonly targets: readonly string[];
  readonly resolved: boolean;
  /** Given with the permit. */
  readonly fence: Fence;
  /** Void if not begun by then, ms since the Unix epoch. */
  readonly notAfter: number;
  /** The action must have ended by then, ms since the Unix epoch. */
  readonly deadlineAt: number;
}
