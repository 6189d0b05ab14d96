import type { Condition, Directive, ResourceCondition } from '@prunella/protocol';

/** A guard, as the reporter sees it. */
export interface Member {
  readonly resource: string;
  readonly condition: Condition;
  readonly waitingWrites: number;
  /** What is to be reported now; counters only grow. */
  snapshot(): ResourceCondition;
  obey(directive: Directive): void;
}

/** The reporter, as a guard sees it. */
export interface Enrolment {
  /** There is something new to report. Cheap, and may be called often. */
  changed(): void;
  /** The guard is no more. Never rejects; takes at most about 1 s. */
  leave(): Promise<void>;
}
