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
  /** What others do to this resource now, as one source sees it; replaces what that source said before. */
  | { readonly type: 'acting'; readonly source: string; readonly acting: readonly ActingElsewhere[] }
  | { readonly type: 'load'; readonly load: LoadFacts }
  /** From the fleet: the resources that this one depends on and that are sick; replaces what was known. */
  | { readonly type: 'upstream'; readonly sick: readonly SickUpstream[] }
  /** From the fleet: the present incident began on a target that an attempt of another resource touched. */
  | { readonly type: 'lineage'; readonly incident: string; readonly cause: Cause }
  /** From the fleet: what an attempt of this resource did elsewhere. */
  | { readonly type: 'harm'; readonly attempt: string; readonly reason: string }
  /** From the fleet: what the attempt was held for by another's lock is free, and it is its turn. */
  | { readonly type: 'unlocked'; readonly attempt: string }
  /** Time has passed; nothing else happened. */
  | { readonly type: 'tick' };

export interface NodeFacts {
  readonly name: string;
  /** Id at the backend, such as a Salt minion id; undefined where none was declared. */
  readonly target?: string;
  /** What fails with it at once, such as a rack or a zone; undefined where none was declared. */
  readonly domain?: string;
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
    | { readonly type: 'close'; readonly reason: string }
    /** A person works on the open incident: nothing is done beside them until they release it. */
    | { readonly type: 'claim'; readonly reason: string }
    | { readonly type: 'release' }
    /** 1 min to 30 days; one that is in force is replaced. */
    | { readonly type: 'maintenance-begin'; readonly forMs: number; readonly reason: string }
    | { readonly type: 'maintenance-end' }
    /** 0 to 24 h; the playbook's grace follows. `what` is for people. */
    | { readonly type: 'announce-deploy'; readonly forMs: number; readonly what: string }
    /** Something is broken on purpose, to see it healed: nothing is held for it, and the opening tells of it. */
    | { readonly type: 'announce-drill'; readonly drill: string }
    | { readonly type: 'lift-demotion'; readonly step: string }
    /** A person found that an attempt did harm: its step is demoted as if the healer had seen it. */
    | { readonly type: 'judge-harmful'; readonly attempt: string; readonly reason: string };
}

/** Somebody or something else that acts on the resource: a Salt job, a failover, a deploy. */
export interface ActingElsewhere {
  /** In one word: `salt-job`, `highstate`, `failover`, `deploy`, or another of the source's. */
  readonly what: string;
  /** For a person: `state.apply as job 20261123080500`, `Patroni promotes db2`. */
  readonly detail: string;
  /** The targets that it concerns; null for the resource as a whole. */
  readonly targets: readonly string[] | null;
  readonly since: number;
  /** Not believed past this, and never for more than an hour: a source that died must not hold for ever. */
  readonly until: number;
}

/** How much of what the server can bear is in use. */
export interface LoadFacts {
  /** When it was measured, by the healer's clock. Believed for 60 s. */
  readonly at: number;
  /** What is measured: `connections`, `cpu`. */
  readonly of: string;
  /** Share of the capacity in use: 1 is full; more where requests wait. */
  readonly utilisation: number;
}

export interface SickUpstream {
  readonly resource: string;
  /** Its first fault, ms since the Unix epoch. */
  readonly since: number;
}

/** An attempt of our own that came before an incident on the same target. */
export interface Cause {
  readonly attempt: string;
  /** Whose attempt it was; null where only a signal named it. */
  readonly resource: string | null;
  readonly targets: readonly string[];
  readonly startedAt: number;
  /** When its verdict was given; null while it runs. */
  readonly endedAt: number | null;
}

export interface TargetResolution {
  /** False where the backend could not see who the expression means (hook mode). */
  readonly resolved: boolean;
  readonly targets: readonly ResolvedTarget[];
  /** Set where resolving failed altogether; the attempt is then not made. */
  readonly error?: string;
  /** What a person can do about the error: a command or a sentence. Where it is left out: look at the backend. */
  readonly remedy?: string;
  /** What a dry run says, for each target; only where one was asked for. */
  readonly predictions?: readonly Prediction[];
}

export interface DryRunRequest {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** How long it may take. */
  readonly withinMs: number;
  /** The playbook's `dryRun.never`. Left out in what an older healer asked. */
  readonly never?: readonly string[];
}

/** What an action would change at one target. It holds no secret: it is logged, and shown to people. */
export interface Prediction {
  readonly id: string;
  /** How many changes there would be; `changes` may name fewer. */
  readonly count: number;
  /** What the playbook forbids comes first. */
  readonly changes: readonly PredictedChange[];
  /**
   * Stands for all changes, named or not: another one where others would change. Only where the backend compared each
   * of them with `never`, by its name as it is written; left out, all changes must be named.
   */
  readonly digest?: string;
  /** Why the dry run could not tell; undefined where it could. */
  readonly problem?: string;
}

export interface PredictedChange {
  /** Such as the id of a state; something that stands for it where it may hold a secret. */
  readonly name: string;
  /** What would happen, for a person. */
  readonly detail: string;
  /** One of `never`, by its name as it is written. */
  readonly forbidden?: true;
}

export interface ResolvedTarget {
  readonly id: string;
  /** False for a minion that did not answer a ping. Null where that could not be asked. */
  readonly responding: boolean | null;
  /** The node whose declared target this is. */
  readonly node?: string;
  /** What fails with it at once, where the backend knows that; one that is declared for the node goes before. */
  readonly domain?: string;
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
  /** Many incidents at once have one cause, which no single repair mends. Undefined or null: none. */
  readonly storm?: FleetAlarm | null;
  /** What is seen says more of the healer's own sight than of the resources. Undefined or null: not so. */
  readonly isolation?: FleetAlarm | null;
}

export interface FleetAlarm {
  readonly since: number;
  /** A sentence with its numbers. */
  readonly reason: string;
  /** When time alone may end it; null where only a change can. */
  readonly until: number | null;
}

/** What the fleet must know of one resource. */
export interface Standing {
  readonly resource: string;
  /** Suspected or open; null where neither. */
  readonly incident: { readonly id: string; readonly open: boolean; readonly firstFaultAt: number } | null;
  /** Since when the own probes of all nodes fail; null where one passes or none has answered. */
  readonly probesFailSince: number | null;
  /** Since when more than half of its observers are silent; null where they are not. */
  readonly silentSince: number | null;
  /** Of its nodes; what an attempt of another resource may share. */
  readonly targets: readonly string[];
  readonly dependsOn: readonly string[];
  /** Failure domains of its nodes, where declared. */
  readonly domains: readonly string[];
}

/** What a step needs to know of its backend; read from the registry when a playbook is loaded. */
export interface ActionFacts {
  readonly action: string;
  readonly effect: Effect;
  readonly highestAutonomy: 'ask' | 'auto';
  /** Its backend can tell what it would change. Left out: it cannot. */
  readonly dryRuns?: true;
}
