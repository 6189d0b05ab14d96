import type { Directive } from '@prunella/protocol';
import type { Fault } from '../fault.ts';

/** What a guard asks before it lets a call go; `overload` of `@prunella/guard/overload` answers. */
export interface Limiter {
  /**
   * Calls `start` now, or once a place is free, or never: then it answers why. `start` answers false where the
   * call has ended meanwhile, and takes no place.
   */
  enter(start: () => boolean): Fault | null;
  /** A call has ended: one that was started, or one that waited. */
  leave(wasStarted: boolean): void;
  /** Told of every directive about the resource. */
  obey(directive: Directive): void;
}
