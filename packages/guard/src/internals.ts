import { OptionError } from './fault.ts';
import type { Guard } from './guard.ts';
import type { CachedCopies } from './runtime/cached-copies.ts';
import type { Core } from './runtime/core.ts';
import type { Reads } from './runtime/reads.ts';

/** Registered with the process, so that copies of this package meet. */
export const internals: unique symbol = Symbol.for('prunella.guard.internals') as never;

/** What the subpaths of this package get to see of a guard. Not public. */
export interface Internals<Handle> {
  readonly core: Core<Handle>;
  readonly copies: CachedCopies<Handle>;
  readonly reads: Reads<Handle>;
  /** Sees to it that the next try of the recovery is planned, where one is needed. */
  plan(): void;
}

/** Throws an `OptionError` for what is no guard. */
export function internalsOf<Handle>(guard: Guard<Handle>): Internals<Handle> {
  const inside: Internals<Handle> | undefined = Reflect.get(Object(guard), internals);
  if (inside === undefined) throw new OptionError('guard', guard, 'a guard, as attach and connect make it');
  return inside;
}
