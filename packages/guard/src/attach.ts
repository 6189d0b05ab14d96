import type { Adapter } from './adapter.ts';
import { checkMethods } from './check.ts';
import type { Guard } from './guard.ts';
import type { GuardOptions } from './options.ts';
import { enrol } from './reporting/configure.ts';
import { GuardRuntime } from './runtime/guard-runtime.ts';
import { settle } from './runtime/settings.ts';

/**
 * Guards a pool or client that the application owns, and goes on owning: it is never ended, swapped or patched.
 * Throws an `OptionError` for a wrong option.
 */
export function attach<Handle>(adapter: Adapter<Handle>, options: GuardOptions): Guard<Handle> {
  checkMethods('adapter', adapter, ['lease', 'classify', 'ping']);
  return new GuardRuntime(adapter, settle(options), enrol);
}

/**
 * Guards a connection that the guard owns: it is asked for at once, brought back when it is lost, and closed by
 * `detach`. Returns before the connection stands, so that an application can start while the resource is down.
 * Throws an `OptionError` for a wrong option.
 */
export function connect<Handle>(adapter: OwningAdapter<Handle>, options: GuardOptions): Guard<Handle> {
  checkMethods('adapter', adapter, ['lease', 'classify', 'ping', 'close']);
  const guard = new GuardRuntime(adapter, settle(options), enrol);
  guard.begin();
  return guard;
}

/** An adapter that opened its connection itself, and whose `close` ends it. */
export type OwningAdapter<Handle> = Adapter<Handle> & Required<Pick<Adapter<Handle>, 'close'>>;
