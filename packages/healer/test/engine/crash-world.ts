import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import type {
  Backend,
  BackendHealth,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from '../../src/backends/backend.ts';
import type { Probe, ProbeOutcome } from '../../src/probes/probe.ts';

/**
 * A world that outlives the healer, in one file: which attempts were applied. The database of it is down until
 * the first one. A stand-in for a backend and its target that records what was really done.
 */
export class CrashWorld {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'applied');
  }

  get applied(): readonly string[] {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1) : [];
  }

  get isRepaired(): boolean {
    return this.applied.length > 0;
  }

  apply(attempt: string): void {
    appendFileSync(this.#file, `${attempt}\n`);
  }
}

export class RecordingBackend implements Backend {
  readonly name = 'stand-in';
  readonly promises = { finds: true, fences: false, cancels: false, dryRuns: false };
  readonly actions = new Map([
    [
      'stand-in.restart',
      { action: 'stand-in.restart', effect: 'disrupts', highestAutonomy: 'auto' } as const,
    ],
  ]);
  readonly #world: CrashWorld;

  constructor(world: CrashWorld) {
    this.#world = world;
  }

  async resolve(request: TargetRequest): Promise<TargetResolution> {
    return {
      resolved: true,
      targets: request.failing.map(({ node, target }) => ({ id: target, node, responding: true })),
    };
  }

  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    this.#world.apply(order.attempt);
    // Not in the same turn: a crash can fall between the order being taken and its reference being known.
    await new Promise((resolve) => setImmediate(resolve));
    context.onReference(`job of ${order.attempt}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return done(order);
  }

  async find(order: AttemptOrder): Promise<FoundAttempt> {
    return this.#world.applied.includes(order.attempt)
      ? { found: 'ended', result: done(order) }
      : { found: 'never-sent' };
  }

  async check(): Promise<BackendHealth> {
    return { ok: true, detail: 'a stand-in' };
  }

  async close(): Promise<void> {}
}

function done(order: AttemptOrder): ActionResult {
  return {
    outcome: 'succeeded',
    summary: 'restarted',
    targets: order.targets.map((id) => ({ id, outcome: 'succeeded', detail: 'restarted', fenced: false })),
  };
}

export function worldProbe(world: CrashWorld): Probe {
  return {
    type: 'stand-in',
    async run(): Promise<ProbeOutcome> {
      return world.isRepaired
        ? { passed: true, detail: 'answers' }
        : { passed: false, detail: 'connect ECONNREFUSED', kind: 'unreachable' };
    },
  };
}
