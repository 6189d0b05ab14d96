import type { Fault } from '../fault.ts';
import type { Outcome } from '../guard.ts';

/** The cached copy after a write; undefined leaves it. */
export type Change = (copy: unknown) => unknown;

/** What is to be done for one write. */
export interface Work<Result = unknown> {
  attempt(replay: boolean): Promise<Outcome<Result>>;
  /** `result` is undefined while the write waits. Null where it changes no cached copy. */
  change(result: Result | undefined): Change | null;
}

/** A write as it comes from the application. */
export interface NewWrite<Result> {
  readonly key: string;
  readonly idempotencyKey: string;
  /** Of its handler; empty where the application hands over the function with each write. */
  readonly name: string;
  /** Its payload as JSON; empty where it never leaves the memory. */
  readonly text: string;
  readonly bytes: number;
  readonly work: Work<Result>;
}

export interface KeptWrite extends Omit<NewWrite<unknown>, 'work'> {
  /** Smaller than that of a write that was begun later. */
  readonly order: number;
  /** By the guard's clock, as `now` gives it. */
  readonly keptAt: number;
  readonly reason: Fault;
  /** Null until the application has defined the handler of that name. */
  work: Work | null;
  /** Failed replays that may have been its own fault. */
  attempts: number;
  /** A try of it failed with an unknown outcome. */
  mayBeMade: boolean;
  /** A try that a guard which is detached by now has begun is not over. */
  elsewhere: boolean;
}

/** Where kept writes are. */
export interface WriteStore {
  /** True where they outlive the guard. */
  readonly durable: boolean;
  nextOrder(): number;
  /** Why no more of this size can be kept; null where there is room. */
  refusal(bytes: number): string | null;
  /** Resolves once the write is safe; rejects where it could not be stored. */
  keep(write: KeptWrite): Promise<void>;
  /** It was made, or given up. */
  forget(write: KeptWrite): void;
  failed(write: KeptWrite, fault: Fault): void;
  /** Its guard is detached while a try of it is under way, which tells whether it was made. */
  leave(write: KeptWrite, made: Promise<boolean>): void;
  /** It is not tried again by itself. */
  setAside(write: KeptWrite, fault: Fault): void;
}
