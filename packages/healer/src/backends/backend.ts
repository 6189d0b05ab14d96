import type {
  ActionFacts,
  ActionResult,
  AttemptOrder,
  DryRunRequest,
  TargetExpression,
  TargetResolution,
} from '@prunella/core';
import type { Finding } from '../doctor/finding.ts';

/** What a backend can promise. Shown with every attempt; a promise that cannot be kept is `false`. */
export interface BackendPromises {
  /** An attempt can be found again after a crash of the healer. */
  readonly finds: boolean;
  /** The target refuses an order that was overtaken. */
  readonly fences: boolean;
  readonly cancels: boolean;
  readonly dryRuns: boolean;
}

export interface TargetRequest {
  readonly resource: string;
  readonly action: string;
  readonly target: TargetExpression;
  readonly failing: readonly { readonly node: string; readonly target: string }[];
  /** Every declared target of the resource's nodes. */
  readonly declared: readonly { readonly node: string; readonly target: string }[];
  /**
   * Also wanted: `predictions` of what the action with these arguments would change, within this time. What `never`
   * names is marked and comes first; with that done for all changes a prediction has a `digest`, and need not name all.
   */
  readonly dryRun?: DryRunRequest;
}

export interface DispatchContext {
  /** Aborted when the healer shuts down or the attempt is cancelled. */
  readonly signal: AbortSignal;
  /** Called once, as soon as the order is known to be taken: written to disk as `dispatched`. */
  readonly onReference: (reference: string) => void;
  /** The healer's clock, ms since the Unix epoch. */
  readonly now: () => number;
}

/** What became of an attempt whose result the healer does not know. */
export type FoundAttempt =
  | { readonly found: 'ended'; readonly result: ActionResult }
  | { readonly found: 'running'; readonly reference: string; readonly result: Promise<ActionResult> }
  /** Looked for everywhere, and provably never taken. */
  | { readonly found: 'never-sent' }
  /** Not found, and not provably unsent: an unknown outcome. */
  | { readonly found: 'not-found'; readonly why: string };

/**
 * An adapter that performs actions. It never throws for what a target did: every way an order can end is an
 * `ActionResult`. It throws only where nothing can have been sent, with an error that says what to do.
 */
export interface Backend {
  /** First part of its actions' names. */
  readonly name: string;
  readonly promises: BackendPromises;
  /** Every action by its full name. A name not in here is refused when a playbook is loaded. */
  readonly actions: ReadonlyMap<string, ActionFacts>;
  /** Whom the expression means now. Nothing resolved means nothing, never everything. */
  resolve(request: TargetRequest, signal: AbortSignal): Promise<TargetResolution>;
  /**
   * What `resolve` would answer, where nobody has to be asked: from the request and from what is in memory, in no
   * time. The order then comes to disk in the transaction of what led to it, and not in one after it. Null where
   * somebody must be asked, as for a dry run: then `resolve` is called. It changes nothing: the decision that it
   * answers for may be refused by the disk and made again. What it throws says why nobody can be named.
   */
  resolveAtOnce?(request: TargetRequest): TargetResolution | null;
  /** Performs one order, to exactly `order.targets`, and waits for its end or its deadline. */
  dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult>;
  /** Looks for an order after a crash. `reference` is null where none was written. */
  find(order: AttemptOrder, reference: string | null, context: DispatchContext): Promise<FoundAttempt>;
  /** Where `promises.cancels`: asks for a running order to be stopped. */
  cancel?(order: AttemptOrder, reference: string | null): Promise<void>;
  /** A check of the connection, for start-up and for people. Never throws. */
  check(signal: AbortSignal): Promise<BackendHealth>;
  /**
   * For `prunella doctor`: every way in which what this backend works with is set up wrongly, unsafely, or so that
   * a promise cannot be kept; what is well, too. It runs in a process beside the healer, which may be at work or
   * not. It only looks: it starts nothing, sends no order, changes nothing. Each `check` begins with the backend's
   * name (`salt-permissions`). Bounded by the signal. Never throws. Where it is missing, `check` speaks.
   * `installation`: the authority of its fences; null where there is no store yet, so that the first start makes one.
   */
  examine?(signal: AbortSignal, installation: string | null): Promise<readonly Finding[]>;
  /**
   * A message about one of its orders, from the other side. The backend alone knows how to believe it: nobody is
   * authenticated before.
   */
  callback?(
    attempt: string,
    headers: Readonly<Record<string, unknown>>,
    body: string,
  ): Promise<CallbackVerdict>;
  /** What goes on running when the healer ends, for people: a sentence each. Never throws. */
  remaining?(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type CallbackVerdict =
  | { readonly verdict: 'taken' }
  /** No order of this backend waits for it. */
  | { readonly verdict: 'unknown' }
  | { readonly verdict: 'refused'; readonly why: string }
  | { readonly verdict: 'malformed'; readonly why: string };

export type BackendHealth =
  | { readonly ok: true; readonly detail: string }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };
