import type { Condition, FaultKind, WitnessCondition } from '@prunella/protocol';
import type { ActionResult, Hold, OperatorCommand, Signal, TargetResolution } from './input.ts';

/**
 * One line of the append-only log. The log keeps every signal and command, every change of a summary's counts
 * and every changed probe result, whether or not it led to anything, and every decision.
 */
export interface LogEntry {
  /** Grows by one over the whole store. Given by the engine. */
  readonly sequence: number;
  /** By the healer's clock, ms since the Unix epoch. */
  readonly at: number;
  readonly resource: string;
  readonly incident: string | null;
  readonly event: ResourceEvent;
}

export type ResourceEvent =
  // What was seen
  | {
      readonly type: 'summary-changed';
      readonly observers: number;
      readonly conditions: Readonly<Record<Condition, number>>;
      readonly sickByKind: Readonly<Partial<Record<FaultKind, number>>>;
      readonly sickHosts: number;
      readonly earliestFaultAt: number | null;
    }
  /**
   * What instances see, each by its name, where that has changed: the first 20 that complained, of a small fleet all.
   * Only while an incident is open; its opening tells what was seen before it.
   */
  | {
      readonly type: 'instances-changed';
      /** In the order of time; an instance may be in it more than once. */
      readonly instances: readonly InstanceChange[];
      /** Observers without a name in this incident, and how many of them are sick. */
      readonly others: { readonly observers: number; readonly sick: number };
    }
  | {
      readonly type: 'probe-changed';
      readonly node: string | null;
      readonly passed: boolean;
      readonly detail: string;
    }
  | { readonly type: 'signal-received'; readonly signal: Signal; readonly trigger: TriggerFate }
  | {
      readonly type: 'operator-commanded';
      readonly command: OperatorCommand;
      readonly trigger: TriggerFate;
      readonly note: string;
    }
  // The incident
  | { readonly type: 'incident-suspected'; readonly reason: string; readonly firstFaultAt: number }
  | { readonly type: 'suspicion-ended'; readonly reason: string }
  | {
      readonly type: 'incident-opened';
      readonly reason: string;
      readonly firstFaultAt: number;
      readonly playbook: string;
    }
  | { readonly type: 'incident-reopened'; readonly reason: string; readonly firstFaultAt: number }
  | {
      readonly type: 'incident-closed';
      readonly reason: string;
      readonly credit: Credit;
      /** Where nothing was sent: why none was wanted. */
      readonly suppressed?: 'upstream' | 'maintenance' | 'recovered';
    }
  | { readonly type: 'incident-exhausted'; readonly reason: string }
  | { readonly type: 'ladder-paused'; readonly reason: string }
  | { readonly type: 'ladder-resumed'; readonly by: string }
  // The attempt, in the order of its life
  | {
      readonly type: 'attempt-proposed';
      readonly attempt: string;
      readonly step: string;
      readonly run: number;
    }
  | { readonly type: 'targets-resolved'; readonly attempt: string; readonly resolution: TargetResolution }
  | { readonly type: 'approval-requested'; readonly attempt: string; readonly expiresAt: number }
  | { readonly type: 'approval-given'; readonly attempt: string; readonly by: string }
  | {
      readonly type: 'approval-denied';
      readonly attempt: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly type: 'attempt-held';
      readonly step: string;
      readonly attempt: string | null;
      readonly hold: Hold;
    }
  | {
      readonly type: 'attempt-refused';
      readonly step: string;
      readonly guardrail: string;
      readonly reason: string;
    }
  /** Nothing was sent: the resource recovered, the targets changed, or a person said no. */
  | {
      readonly type: 'attempt-withdrawn';
      readonly attempt: string;
      readonly reason: string;
      /** It was not needed any more. */
      readonly recovered?: true;
    }
  /** What a step in `shadow` would have done. */
  | { readonly type: 'attempt-shadowed'; readonly attempt: string; readonly step: string }
  | {
      readonly type: 'attempt-intended';
      readonly attempt: string;
      readonly step: string;
      readonly run: number;
      readonly permit: string;
      readonly targets: readonly string[];
      readonly resolved: boolean;
    }
  | { readonly type: 'attempt-dispatched'; readonly attempt: string; readonly reference: string }
  | { readonly type: 'attempt-ended'; readonly attempt: string; readonly result: ActionResult }
  | {
      readonly type: 'verdict-given';
      readonly attempt: string;
      readonly verdict: Verdict;
      readonly reason: string;
    }
  /** Something was worse after it than before: see `harmful` in the docs. */
  | {
      readonly type: 'attempt-harmful';
      readonly attempt: string;
      readonly step: string;
      readonly reason: string;
    }
  | { readonly type: 'demotion-lifted'; readonly step: string; readonly by: string }
  // The healer
  | { readonly type: 'healer-started' }
  | { readonly type: 'kill-switch'; readonly paused: boolean; readonly by: string; readonly reason: string }
  /** Written once for the whole fleet, under the name of every resource. */
  | {
      readonly type: 'fleet-alarm';
      readonly alarm: 'storm' | 'isolation';
      readonly began: boolean;
      /** With its numbers; of an end, what had begun it. */
      readonly reason: string;
    };

export interface InstanceChange {
  readonly instance: string;
  readonly service: string;
  /** Null where it did not say on which host it runs. */
  readonly host: string | null;
  readonly condition: WitnessCondition;
  /** Left out where it is not sick. */
  readonly kind?: FaultKind;
  /** By the healer's clock, ms since the Unix epoch. */
  readonly since: number;
  /** It has changed so often that nothing more is told of it before a relapse. */
  readonly last?: true;
}

export type Verdict = 'effective' | 'ineffective' | 'unverified';

/** Who is credited with a recovery. `late`: after an ineffective verdict; counted for nobody. */
export type Credit =
  | { readonly to: 'attempt'; readonly attempt: string }
  | { readonly to: 'itself' }
  | { readonly to: 'late' }
  | { readonly to: 'person'; readonly name: string };

/**
 * What became of a trigger (a signal, an operator's command, an opening from reports). At all times
 * accepted = executed + suppressed + rejected + expired + pending.
 */
export type TriggerFate =
  | { readonly fate: 'pending' }
  | { readonly fate: 'executed' }
  | { readonly fate: 'suppressed'; readonly why: 'joined' | 'upstream' | 'maintenance' | 'recovered' }
  | { readonly fate: 'rejected'; readonly why: string }
  | { readonly fate: 'expired' };
