import type { Adapter } from './adapter.ts';
import type { Guard } from './guard.ts';
import type { GuardOptions } from './options.ts';

/**
 * Guards a pool or client that the application owns, and goes on owning: it is never ended, swapped or patched.
 * Throws an `OptionError` for a wrong option.
 */
export function attach<Handle>(_adapter: Adapter<Handle>, _options: GuardOptions): Guard<Handle> {
  throw new Error('not built yet');
}

/**
 * Guards a connection that the guard owns: it is asked for at once, brought back when it is lost, and closed by
 * `detach`. Returns before the connection stands, so that an application can start while the resource is down.
 * Throws an `OptionError` for a wrong option.
 */
export function connect<Handle>(_adapter: OwningAdapter<Handle>, _options: GuardOptions): Guard<Handle> {
  throw new Error('not built yet');
}

/** An adapter that opened its connection itself, and whose `close` ends it. */
export type OwningAdapter<Handle> = Adapter<Handle> & Required<Pick<Adapter<Handle>, 'close'>>;
