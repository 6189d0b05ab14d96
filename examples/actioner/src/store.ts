import type { Guard, GuardOptions } from '@prunella/guard';
import type { Monitor, MonitorResult, Reaction } from './model.ts';

/** The database, seen from the actioner. `Handle` is what the guard hands to a call. */
export interface Store<Handle> {
  /** The guard's resource, such as `postgres/main`. */
  readonly resource: string;
  guard(options: Omit<GuardOptions, 'resource'>): Guard<Handle>;
  getMonitor(database: Handle, id: string): Promise<Monitor | null>;
  getReaction(database: Handle, id: string): Promise<Reaction | null>;
  /** Counts the result at its monitor, once, however often it is called with it. The failcount after it. */
  recordResult(database: Handle, result: MonitorResult): Promise<number>;
  recordRun(database: Handle, run: ReactionRun): Promise<void>;
  /** Makes what is missing: tables, and these monitors and reactions. */
  prepare(database: Handle, monitors: readonly Monitor[], reactions: readonly Reaction[]): Promise<void>;
  close(): Promise<void>;
}

export interface ReactionRun {
  readonly reaction: string;
  readonly at: number;
}
