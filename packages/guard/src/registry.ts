import type { Member } from './reporting/member.ts';
import type { Counts } from './reporting/merge.ts';
import type { Reporter } from './reporting/reporter.ts';

/** What all guards of a process share. */
export interface Registry {
  readonly members: Set<Member>;
  /** What detached guards have counted, by resource. */
  readonly retired: Map<string, Counts>;
  readonly warned: Set<string>;
  /** Undefined: not yet decided. Null: nothing is reported. */
  reporter: Pick<Reporter, 'changed' | 'goodbye' | 'stop'> | null | undefined;
}

/**
 * Lies with the process and not with this file: the copies of this package that a process may have loaded share
 * it, or there would be a reporter of each. Another number where its shape changes: then they do not meet.
 */
const place = Symbol.for('prunella.guard.registry/1');

export const registry: Registry = Reflect.get(globalThis, place) ?? {
  members: new Set(),
  retired: new Map(),
  warned: new Set(),
  reporter: undefined,
};
Reflect.set(globalThis, place, registry);
