import type { FaultKind } from '@prunella/protocol';

/** What an action does to its target, mildest first. */
export type Effect = 'restores' | 'repairs' | 'disrupts';

/** `shadow` says what it would do, `ask` waits for a person, `auto` acts. */
export type Autonomy = 'shadow' | 'ask' | 'auto';

/** Of a step that writes none. */
export const standardAutonomy = 'ask' satisfies Autonomy;

/** As `NodeFacts`, which are of `decide` and know of playbooks. */
interface PlaybookNode {
  readonly name: string;
  readonly target?: string;
  readonly domain?: string;
}

/**
 * A playbook after parsing: every default filled in, every duration in ms. The text form is YAML; its schema
 * is `playbookSchema`. Serialisable: the engine keeps the playbook an incident was opened under.
 */
export interface Playbook {
  readonly name: string;
  /** A resource name, or one with `*`: `rethinkdb/*`. The most specific match owns a resource. */
  readonly for: string;
  /** Resources without which this one cannot be well: while one of them is sick, this one is not repaired. */
  readonly dependsOn: readonly string[];
  readonly open: OpenPolicy;
  readonly ladder: readonly [Step, ...Step[]];
  readonly limits: LimitPolicy;
  /** When attempts may run; undefined where the playbook says nothing of it. */
  readonly windows?: WindowPolicy;
  /** Nodes and their targets, beside those of the configuration, which go before. None: left out. */
  readonly nodes?: readonly PlaybookNode[];
  /** What is different for resources with certain labels; later ones win. None: left out. */
  readonly overrides?: readonly PlaybookOverride[];
}

/** What resources with these labels have instead. `playbookUnder` applies it. */
export interface PlaybookOverride {
  /** All of them must be there, each with one of its values. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly open: OpenChange;
  readonly limits: Partial<LimitPolicy>;
  /** In place of those of the playbook. */
  readonly windows?: WindowPolicy;
  /** By the step's id. */
  readonly steps: Readonly<Record<string, StepChange>>;
}

export type OpenChange = Partial<Omit<OpenPolicy, 'quorum'>> & { readonly quorum?: Partial<QuorumPolicy> };

export type StepChange = Partial<Omit<Step, 'id' | 'action' | 'effect' | 'line' | 'verify'>> & {
  readonly verify?: Partial<VerifyPolicy>;
};

export interface OpenPolicy {
  /** Sick for this long before an incident opens. */
  readonly afterMs: number;
  /** The same where every sick observer names `timeout` only. */
  readonly afterTimeoutOnlyMs: number;
  readonly quorum: QuorumPolicy;
  readonly confirm: ConfirmPolicy;
  /** Signals that open by themselves, with the confirmation still asked for unless `confirm: none`. */
  readonly signals: readonly SignalMatch[];
  /** After the healer's start, no attempt for this long. */
  readonly graceAfterStartMs: number;
  /** After the end of an announced deploy, no attempt for this long. */
  readonly graceAfterDeployMs: number;
}

export interface QuorumPolicy {
  /** Share of the observers that must be sick, above 0 and at most 1. */
  readonly share: number;
  /** Number of hosts that the sick ones must be on. */
  readonly hosts: number;
  /** True where the playbook wrote `hosts` itself: one host is then enough for what disrupts, too. */
  readonly hostsWritten: boolean;
}

/** `probe`: `failures` failed probes in a row, `everyMs` apart, each with `timeoutMs`. */
export type ConfirmPolicy =
  | { readonly by: 'probe'; readonly failures: number; readonly everyMs: number; readonly timeoutMs: number }
  | { readonly by: 'none' };

/** Names a signal by its type, such as `process.exit`; `*` stands for any run of characters. */
export interface SignalMatch {
  readonly type: string;
  /** A condition (CEL) that must be true of the signal and the resource; none where left out. */
  readonly if?: string;
}

export interface Step {
  /** Unique within the playbook; by default the action's name, with `-2` and so on where it repeats. */
  readonly id: string;
  /** `backend.action`, such as `salt.service.restart`. */
  readonly action: string;
  readonly effect: Effect;
  /** Handed to the backend, with `{{ ... }}` filled in. JSON values. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly target: TargetExpression;
  /** Counted from the first fault of the incident. */
  readonly afterMs: number;
  /** From start to start. */
  readonly everyMs: number;
  /** Runs in one incident. */
  readonly max: number;
  readonly autonomy: Autonomy;
  /** The action must have ended within this. */
  readonly deadlineMs: number;
  /** An order not begun this long after its dispatch is void. */
  readonly notAfterMs: number;
  readonly verify: VerifyPolicy;
  /** Only while the incident shows one of these kinds; undefined means any. */
  readonly when?: readonly FaultKind[];
  /** A condition (CEL) on the labels, the newest signal and the faults shown; passed over while it is not true. */
  readonly if?: string;
  /** First it is seen what it would change; undefined where it runs without. */
  readonly dryRun?: DryRunPolicy;
  /** A held step keeps stronger ones waiting, unless `next`. */
  readonly onHold: 'wait' | 'next';
  /** The line of the playbook's text on which the step begins, for people. 1 is the first. */
  readonly line: number;
}

/** `failing-nodes`: the nodes whose own probe fails, by their declared targets. */
export type TargetExpression =
  | { readonly select: 'failing-nodes' }
  | { readonly select: 'expression'; readonly expression: string; readonly matcher: string };

/** What a dry run may predict so that the step is run. */
export interface DryRunPolicy {
  /** Changes on one target. */
  readonly mostChanges: number;
  /** Names of what must not be changed, such as Salt's state ids; `*` stands for any run of characters. */
  readonly never: readonly string[];
}

export interface VerifyPolicy {
  readonly windowMs: number;
  readonly soakMs: number;
  /** Share of the cohort that must be ok, above 0 and at most 1. */
  readonly cohortShare: number;
}

export interface LimitPolicy {
  /** Attempts for this resource in a rolling day. */
  readonly attemptsPerDay: number;
  /** Disruptive attempts for the whole fleet in a rolling hour. */
  readonly disruptivePerFleetHour: number;
  /** Openings and reopenings in an hour from which on steps are `ask`. */
  readonly flappingOpenings: number;
  readonly flappingAskForMs: number;
  /** Nodes that one attempt may touch. */
  readonly blastRadiusNodes: number;
  /** Share of the declared nodes that one attempt may touch, above 0 and at most 1; one node it always may. */
  readonly blastRadiusShare: number;
  /** Failure domains that one attempt may touch. */
  readonly blastRadiusDomains: number;
  /** Share of the nodes whose probe passes that what disrupts must leave alone, above 0 and at most 1. */
  readonly healthyShare: number;
  /** From this share of its capacity in use on, missed deadlines count as overload. Above 0, at most 1. */
  readonly overloadedFrom: number;
  /** Ineffective runs of one action in a row, over incidents, after which it is `ask`. */
  readonly ineffectiveInARow: number;
  /** For this long after an attempt of another resource on a shared target, what broke since is not repaired. */
  readonly afterOwnAttemptMs: number;
  /** How long a request for approval is open; then the answer is no. */
  readonly approvalMs: number;
  /** A relapse within this time of closing reopens the same incident. */
  readonly relapseMs: number;
}

/** Times of the week by the clock on the wall of one time zone. */
export interface WindowPolicy {
  /** An IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Attempts run only inside of one of these; empty for always. */
  readonly allowed: readonly WeeklyWindow[];
  /** No attempt runs inside of one of these, whatever its effect. */
  readonly maintenance: readonly WeeklyWindow[];
}

export interface WeeklyWindow {
  /** The days on which it begins, 0 for Sunday to 6 for Saturday. */
  readonly days: readonly number[];
  /** Minutes since midnight on the wall clock, 0 to 1,439. */
  readonly fromMinute: number;
  /** The first minute after it, 1 to 1,440; at or before `fromMinute` it ends on the next day. */
  readonly toMinute: number;
}
