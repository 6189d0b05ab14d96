import type { Fence } from '@prunella/protocol';

/**
 * What healer and runner say to each other over the runner's socket: one JSON object a line, one request a
 * connection. A runner outlives the healer, so it may be older than it: a version it does not know is refused.
 */
export const runnerProtocol = 1;

/** `hold` is a stop for as long as what the service depends on is being repaired. */
export type RunnerVerb = 'start' | 'restart' | 'stop' | 'hold' | 'apply';

/** Between an attempt's id and the name of its part, in orders to services that depend on its target. */
export const partMark = '~';

export interface RunnerOrder {
  readonly attempt: string;
  readonly verb: RunnerVerb;
  readonly fence: Fence;
  /** Void if not begun by then, ms since the Unix epoch. */
  readonly notAfter: number;
  /** Must have ended by then, ms since the Unix epoch. */
  readonly deadlineAt: number;
}

export type RunnerRequest = { readonly protocol: number } & (
  | { readonly type: 'status' }
  | { readonly type: 'order'; readonly order: RunnerOrder }
  /** What became of it; an attempt never heard of is void from now on, so that it cannot come later. */
  | { readonly type: 'find'; readonly attempt: string; readonly fence: Fence }
  /** Every exit not yet acknowledged, and each new one, until the connection ends. */
  /** Ends its maintenance, forgets its failures, and starts it. A person's own doing: no fence, no attempt. */
  | { readonly type: 'clear' }
  | { readonly type: 'watch' }
  | { readonly type: 'shutdown'; readonly stopService: boolean }
);

/** Sent by the one who watches. */
export interface ExitAcknowledgement {
  readonly type: 'acknowledge';
  readonly exit: string;
}

export type RunnerAnswer =
  | { readonly type: 'status'; readonly status: RunnerStatus }
  /** On disk: from now on it can be found. */
  | { readonly type: 'taken' }
  | { readonly type: 'ended'; readonly result: RunnerResult }
  /** `history`: the records reach back far enough to say that it was never taken. */
  | { readonly type: 'not-found'; readonly recordsSince: number; readonly earlierOrders: boolean }
  | { readonly type: 'exit'; readonly exit: ExitRecord; readonly runningAgain: boolean }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly message: string };

export interface RunnerResult {
  readonly outcome: 'succeeded' | 'failed' | 'refused' | 'unknown';
  readonly detail: string;
}

export interface RunnerStatus {
  readonly runnerPid: number;
  readonly service: string;
  readonly state: 'starting' | 'running' | 'exited' | 'stopped' | 'waiting' | 'maintenance' | 'never-started';
  /** Null where nothing runs. */
  readonly pid: number | null;
  /** A sentence for a person. */
  readonly detail: string;
}

/** An end of the service that nobody ordered. */
export interface ExitRecord {
  /** Unique. */
  readonly exit: string;
  readonly service: string;
  readonly pid: number;
  /** Null where a signal ended it, or where the runner was not there to see it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Ms since the Unix epoch. */
  readonly at: number;
  readonly ranMs: number;
  readonly logTail: string;
  /** Ends and vain starts within the window of `maintenance`, this one included. Not told by older runners. */
  readonly failures?: number;
  /** Why it is not started again until a person clears it. */
  readonly maintenance?: string | null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
