import {
  attach,
  configureReporting,
  type Guard,
  type GuardOptions,
  type ReportingOptions,
  sayGoodbye,
} from '@prunella/guard';
import type { Directive } from '@prunella/protocol';
import { afterEach, beforeEach, vi } from 'vitest';
import { StandInAdapter, type StandInHandle } from './stand-in-adapter.ts';
import { StandInHealer } from './stand-in-healer.ts';

// With `random`, no try of its own within half a minute: an attempt more would be counted.
const quietly = { reconnect: { baseMs: 60_000, capMs: 60_000 }, random: () => 0.5 };
const guards: Guard<StandInHandle>[] = [];
export let healer: StandInHealer;
export let address: string;
// Counters of a process only grow, so each test has its own resource.
export let resource = 'stand-in/0';
let tests = 0;

beforeEach(async () => {
  resource = `stand-in/${++tests}`;
  healer = new StandInHealer();
  address = await healer.listen();
});

afterEach(async () => {
  await Promise.all(guards.splice(0).map((guard) => guard.detach()));
  await sayGoodbye();
  await healer.close();
});

export function report(options: Partial<ReportingOptions> = {}): void {
  configureReporting({
    service: 'actioner',
    healer: address,
    token: 'secret-of-the-test',
    heartbeatSickMs: 200,
    heartbeatOkMs: 400,
    timeoutMs: 10_000,
    inTests: true,
    ...options,
  });
}

export function guarded(options: Partial<GuardOptions> = {}) {
  const adapter = new StandInAdapter();
  const guard = attach(adapter, { resource, ...quietly, ...options });
  guards.push(guard);
  return { adapter, guard };
}

export function directive(given: Partial<Directive>): Directive {
  return {
    directive: 'probe',
    resource,
    incident: 'i1',
    sequence: 1,
    spreadMs: 0,
    ...given,
  };
}

export const until = (condition: () => void) => vi.waitFor(condition, { timeout: 30_000, interval: 5 });
