import type { FaultKind, Fence, ObservationSummary, WitnessCondition } from '@prunella/protocol';
import type { SignalFacts } from '../condition/facts.ts';
import type { Autonomy, Effect } from '../playbook/playbook.ts';
import type { StepRecord } from '../record/step-record.ts';
import type { Credit, Verdict } from './event.ts';
import type {
  ActingElsewhere,
  ActionResult,
  Cause,
  FleetFacts,
  Hold,
  LoadFacts,
  Prediction,
  SickUpstream,
  Standing,
} from './input.ts';

/** The whole of a resource's machine, serialisable as JSON. Opaque to the engine. */
export interface ResourceState {
  readonly version: 1;
  readonly resource: string;
  /** The healer's newest start. */
  readonly startedAt: number | null;
  readonly fleet: FleetFacts;
  /** The newest since the healer's start. */
  readonly summary: ObservationSummary | null;
  /** Since when the quorum has been sick without a break. */
  readonly quorumSince: number | null;
  /** One for each node heard of since the healer's start; `node` null for the resource as a whole. */
  readonly probes: readonly NodeProbe[];
  /** The newest order to probe, answered or not. */
  readonly probeAskedAt: number | null;
  readonly suspicion: Suspicion | null;
  /** Firing ones that nothing opened on and that nobody resolved, the newest last, at most 8. None: left out. */
  readonly unheededSignals?: readonly UnheededSignal[];
  /** The open incident, or the one closed last: a relapse reopens it. */
  readonly incident: Incident | null;
  /** Closed before it, the newest first, at most 20. */
  readonly past: readonly Incident[];
  /** Openings and reopenings of the last hour. */
  readonly openings: readonly number[];
  /** Starts of attempts of the last day. */
  readonly starts: readonly number[];
  /** Flapping: every step asks until then. */
  readonly askUntil: number | null;
  /** The `wake` that the engine has. */
  readonly wakeAt: number | null;
  /** What people and the world around it said. Nothing: left out. */
  readonly around?: Around;
  /** What became of each step's decisions, over all incidents, at most 100 steps. None: left out. */
  readonly records?: readonly StepRecord[];
  /** The instances that the log tells of by name. Left out where nothing is suspected, open, or closed lately. */
  readonly witnesses?: WitnessBook;
  /** What the fleet was told last; left out where all was well. */
  readonly standing?: Standing;
}

/** What the log has told of single instances, and what it is still to tell. Nothing is decided by it. */
export interface WitnessBook {
  readonly incident: string;
  /** Until when `observe` was told to follow them; null while it is suspected or open. */
  readonly until: number | null;
  /** The opening or reopening that what was told counts for; null before the first. */
  readonly openedAt: number | null;
  /** In the order in which they were named, at most 20. */
  readonly instances: readonly WitnessRecord[];
}

export interface WitnessRecord {
  readonly instance: string;
  readonly service: string;
  readonly host: string | null;
  /** Changes told since that opening, at most 32. */
  readonly told: number;
  /** What it saw last; null after a restart, until it is heard again. */
  readonly last: WitnessSight | null;
  /** Seen while no incident was open, the newest last, at most 8. */
  readonly untold: readonly WitnessSight[];
}

export interface WitnessSight {
  readonly condition: WitnessCondition;
  readonly kind: FaultKind | null;
  readonly since: number;
}

/** What is known beside the evidence, and holds attempts. */
export interface Around {
  readonly maintenance?: {
    readonly by: string;
    readonly reason: string;
    readonly at: number;
    readonly until: number;
  };
  readonly deploy?: {
    readonly by: string;
    readonly what: string;
    readonly at: number;
    readonly endsAt: number;
  };
  /** The newest thing that was broken on purpose. */
  readonly drill?: { readonly drill: string; readonly by: string; readonly at: number };
  /** By source, at most 16 of them with 32 each. */
  readonly acting?: readonly { readonly source: string; readonly acting: readonly ActingElsewhere[] }[];
  readonly load?: LoadFacts;
  readonly upstream?: readonly SickUpstream[];
}

export interface NodeProbe {
  readonly node: string | null;
  readonly passed: boolean;
  readonly detail: string;
  readonly kind: string | null;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Failures in a row that were far enough apart to count for a confirmation. */
  readonly failures: number;
  /** The beginning of the newest failure that counted. */
  readonly countedAt: number | null;
  /** Passes in a row, and the beginning of the first of them; null while it fails. */
  readonly passes: number;
  readonly passingSince: number | null;
  /** The beginning of the first of the failures in a row; null while it passes. */
  readonly failingSince: number | null;
}

export interface UnheededSignal {
  readonly source: string;
  readonly type: string;
  readonly node: string | null;
  readonly summary: string;
  readonly at: number;
}

/** Evidence that has not opened an incident yet. */
export interface Suspicion {
  /** The id of the incident if it opens. */
  readonly incident: string;
  readonly since: number;
  readonly by: 'reports' | 'signal';
  /** The earliest fault that is known, but none from before the closing of an earlier incident. */
  readonly firstFaultAt: number;
  /** What `open.after` and every step's `after` count from: not long before the quorum was reached. */
  readonly ladderFrom: number;
  readonly reason: string;
  /** Nodes that signals named. */
  readonly nodes: readonly string[];
  /** The newest signal, for conditions of steps. Left out where none has come. */
  readonly signal?: SignalFacts;
  /** A person was told that it is not confirmed. */
  readonly told: boolean;
  /** The attempt of our own that the signal named; left out where it named none. */
  readonly cause?: Cause;
}

export interface Incident {
  readonly id: string;
  readonly playbook: string;
  readonly by: 'reports' | 'signal';
  readonly reason: string;
  readonly openedAt: number;
  /** The earliest fault that was known when it opened. */
  readonly firstFaultAt: number;
  readonly reopenedAt: number | null;
  /** The same of the newest relapse; null before one. */
  readonly relapseFaultAt: number | null;
  /** What `after` counts from: the first fault, but not long before the quorum; after a relapse the relapse's. */
  readonly ladderFrom: number;
  readonly ladder: LadderState;
  /** In the order of the playbook; a step not in here has not run. */
  readonly steps: readonly StepProgress[];
  /** Told and not lifted yet. */
  readonly holds: readonly StepHold[];
  readonly attempt: Attempt | null;
  /** Those before it, the newest last, at most 64. */
  readonly attempts: readonly Attempt[];
  readonly attemptCount: number;
  /** Nodes that signals named, with the time of the newest. */
  readonly signalNodes: readonly { readonly node: string; readonly at: number }[];
  /** The newest firing signal that the playbook names; what was seen well before it proves nothing any more. */
  readonly signalAt: number | null;
  /** That signal, for conditions of steps. Null or left out where none has come. */
  readonly signal?: SignalFacts | null;
  /** Since when all evidence says that it is over. */
  readonly healthySince: number | null;
  readonly directiveSequence: number;
  /** A person was told that the last step did not help. */
  readonly lastStepTold: boolean;
  /** The person who works on it; left out where nobody does. */
  readonly claim?: { readonly by: string; readonly reason: string; readonly at: number };
  /** The attempt of our own that came before it; left out where none did. */
  readonly cause?: Cause;
  /** Why no attempt of its own was wanted, so far; left out where nothing said so. */
  readonly suppressedBy?: 'upstream' | 'maintenance';
  readonly closed: { readonly at: number; readonly reason: string; readonly credit: Credit } | null;
}

type LadderState =
  | { readonly state: 'climbing' }
  | { readonly state: 'paused'; readonly since: number; readonly reason: string }
  | { readonly state: 'exhausted'; readonly since: number; readonly reason: string };

export interface StepProgress {
  readonly step: string;
  readonly runs: number;
  readonly startedAt: number | null;
  /** Not again before this: the last order could not be sent, or it was held and made room for another step. */
  readonly notBefore: number | null;
  /** Orders in a row that could not be sent. */
  readonly unsent: number;
  readonly refused: { readonly guardrail: string; readonly reason: string } | null;
}

interface StepHold {
  readonly step: string;
  readonly attempt: string | null;
  readonly hold: Hold;
}

export type AttemptPhase =
  | 'resolving'
  | 'awaiting-approval'
  | 'rechecking'
  | 'awaiting-permit'
  | 'in-flight'
  | 'verifying'
  | 'ended'
  | 'withdrawn'
  | 'shadowed';

export interface Attempt {
  readonly id: string;
  readonly step: string;
  readonly action: string;
  readonly effect: Effect;
  /** The how-manieth run of its step in this incident, 1 for the first. */
  readonly run: number;
  readonly phase: AttemptPhase;
  readonly proposedAt: number;
  /** When the backend was last asked whom the expression means; null where it has answered. */
  readonly resolveAskedAt: number | null;
  readonly targets: AttemptTargets | null;
  readonly autonomy: Autonomy | null;
  readonly approval: Approval | null;
  /** Since when fresh evidence has been wanted; null outside of a recheck. */
  readonly recheckSince: number | null;
  /** Held: looked at again then, or at any input where null. */
  readonly heldUntil: number | null;
  readonly permitAskedAt: number | null;
  readonly permit: { readonly id: string; readonly fence: Fence } | null;
  /** The start of its step before this one, to be put back where nothing was sent. */
  readonly startBefore: number | null;
  readonly startedAt: number | null;
  readonly deadlineAt: number | null;
  readonly reference: string | null;
  readonly cancelled: boolean;
  readonly result: ActionResult | null;
  /** When the action ended; of an unknown outcome, its deadline. */
  readonly endedAt: number | null;
  readonly windowEndsAt: number | null;
  /** Since when cohort and probe are well: the soak. */
  readonly goodSince: number | null;
  readonly verdict: Verdict | null;
  readonly verdictAt: number | null;
  /** Of the verdict, or of the withdrawal. */
  readonly reason: string | null;
  /** Nodes whose probe passed when it was sent; left out before. */
  readonly passingAtStart?: readonly string[];
  /** What it made worse; left out where nothing is known. */
  readonly harm?: string;
}

export interface AttemptTargets {
  readonly at: number;
  /** Failure domains by target, as the backend knows them; left out where it knows none. */
  readonly domains?: Readonly<Record<string, string>>;
  /** What the attempt would change, where the step asks for a dry run. */
  readonly predictions?: readonly Prediction[];
  readonly resolved: boolean;
  readonly ids: readonly string[];
  /** Did not answer a ping; left out of `ids` where the step does not disrupt. */
  readonly silent: readonly string[];
  /** Of the nodes whose probe failed when they were resolved. */
  readonly failing: readonly string[];
}

interface Approval {
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly by: string | null;
  /** Who said no; `nobody` where nobody answered in time. Left out where nobody has. */
  readonly deniedBy?: string;
}
