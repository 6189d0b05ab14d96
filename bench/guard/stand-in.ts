import { type Adapter, attach, type Guard, type GuardOptions, type Lease } from '@prunella/guard';

/** What a stand-in's function receives: nothing that costs. */
type Nothing = Record<string, never>;

const lease: Lease<Nothing> = {
  handle: {},
  abandon() {},
  waitsForOwnPool: () => false,
  end() {},
};

/** An adapter that costs nothing itself, so that what is measured is the guard. Its pings never answer. */
const adapter: Adapter<Nothing> = {
  driver: 'stand-in',
  lease: () => lease,
  classify: () => ({ kind: 'unreachable', outcomeUnknown: false, evict: false }),
  ping: () => new Promise(() => {}),
};

export function guardedNothing(options: Partial<GuardOptions> = {}): Guard<Nothing> {
  return attach(adapter, { resource: 'stand-in/bench', ...options });
}

/** A guard whose breaker opened just now and stays open. */
export async function openGuard(): Promise<Guard<Nothing>> {
  const guard = guardedNothing({
    breaker: { consecutive: 1, openForMs: 3_600_000 },
    reconnect: { baseMs: 60_000, capMs: 3_600_000 },
  });
  await guard.tryRun(fails);
  return guard;
}

/** The work that is guarded: the cheapest that is really asynchronous. */
export async function works(): Promise<number> {
  return 1;
}

export async function fails(): Promise<never> {
  throw new Error('connect ECONNREFUSED');
}
