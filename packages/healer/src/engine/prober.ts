import type { ProbeResult } from '@prunella/core';
import type { Probe, ProbeOutcome } from '../probes/probe.ts';
import { bounded } from './bounded.ts';
import type { Clock } from './clock.ts';

/** A probe and the node it looks at; null for the resource as a whole. */
export interface NodeProbe {
  readonly node: string | null;
  readonly probe: Probe;
}

export interface ProberOptions {
  readonly clock: Clock;
  /** 0 to 1, so that the probes of many resources do not begin in one moment. */
  readonly random: () => number;
  readonly plan: ProbePlan;
  /** Probes that run at one moment. */
  readonly concurrency: number;
  readonly onResult: (result: ProbeResult) => void;
}

export interface ProbePlan {
  readonly probes: ReadonlyMap<string, readonly NodeProbe[]>;
  /** Between two periodic probes of a node, and how long each may take. */
  readonly everyMs: number;
  readonly timeoutMs: number;
}

interface Slot {
  readonly resource: string;
  readonly nodeProbe: NodeProbe;
  running: boolean;
  /** Asked for while one was running: that one began too early to answer. Waits are settled by the next. */
  next: { timeoutMs: number; readonly settle: (() => void)[] } | null;
  lastBeganAt: number;
}

/** Runs probes: when told, and periodically while something is wrong. One at a time for each node. */
export class Prober {
  readonly #options: ProberOptions;
  #plan: ProbePlan;
  #slots: ReadonlyMap<string, readonly Slot[]>;
  readonly #watched = new Map<string, () => void>();
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  #stopped = false;
  #suspended = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#slots = slotsOf(options.plan);
  }

  /** Other probes from now on. What runs comes to its end, and its result counts only where the node is still there. */
  replace(plan: ProbePlan, watched: (resource: string) => boolean): void {
    const known = new Set([...this.#slots.keys(), ...plan.probes.keys()]);
    for (const resource of known) {
      this.watch(resource, false);
    }
    this.#plan = plan;
    this.#slots = slotsOf(plan);
    for (const resource of known) {
      this.watch(resource, watched(resource));
    }
  }

  /** Probes every node of the resource once. Resolves when each has a result that began after this call. */
  async probe(resource: string, timeoutMs: number): Promise<void> {
    const slots = this.#slots.get(resource) ?? [];
    await Promise.all(slots.map((slot) => this.#request(slot, timeoutMs)));
  }

  /** Probes that wait for one of the others to end. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Periodic probes of a resource begin or end. */
  watch(resource: string, watching: boolean): void {
    if (!watching) {
      this.#watched.get(resource)?.();
      this.#watched.delete(resource);
    } else if (!this.#watched.has(resource) && this.#slots.has(resource) && !this.#stopped) {
      this.#rearm(resource, this.#plan.everyMs * this.#options.random());
    }
  }

  /** No periodic probe while the store cannot take its result. */
  suspend(suspended: boolean): void {
    this.#suspended = suspended;
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#watched.values()) {
      cancel();
    }
    this.#watched.clear();
    this.#queue.length = 0;
  }

  #rearm(resource: string, delayMs: number): void {
    this.#watched.set(
      resource,
      this.#options.clock.after(delayMs, () => {
        this.#rearm(resource, this.#plan.everyMs);
        this.#probeIdle(resource);
      }),
    );
  }

  /** Those that a command has not probed just now. */
  #probeIdle(resource: string): void {
    const { clock } = this.#options;
    const { everyMs, timeoutMs } = this.#plan;
    for (const slot of this.#slots.get(resource) ?? []) {
      // Half of it: two rhythms of the same length beside one another would else double the probes.
      const ageMs = clock.now() - slot.lastBeganAt;
      // Dated in the future: the clock was set back, and waiting for it to come up again would stop the probes.
      const recent = ageMs >= 0 && ageMs < everyMs / 2;
      if (!slot.running && !recent && !this.#suspended) {
        void this.#request(slot, timeoutMs);
      }
    }
  }

  #request(slot: Slot, timeoutMs: number): Promise<void> {
    return new Promise((settle) => {
      if (slot.running) {
        slot.next = {
          timeoutMs: Math.max(timeoutMs, slot.next?.timeoutMs ?? 0),
          settle: [...(slot.next?.settle ?? []), settle],
        };
        return;
      }
      slot.running = true;
      this.#enqueue(slot, timeoutMs, [settle]);
    });
  }

  #enqueue(slot: Slot, timeoutMs: number, settle: readonly (() => void)[]): void {
    this.#queue.push(async () => {
      await this.#run(slot, timeoutMs);
      for (const each of settle) {
        each();
      }
      const { next } = slot;
      slot.next = null;
      slot.running = false;
      if (next !== null) {
        this.#requestCurrent(slot, next);
      }
    });
    this.#startWaiting();
  }

  /** By the probe that looks at the node now: it may have been configured anew, or left out. */
  #requestCurrent(asked: Slot, { timeoutMs, settle }: NonNullable<Slot['next']>): void {
    const current = this.#current(asked);
    const answered = current === undefined ? Promise.resolve() : this.#request(current, timeoutMs);
    void answered.then(() => {
      for (const each of settle) {
        each();
      }
    });
  }

  #current({ resource, nodeProbe: { node } }: Slot): Slot | undefined {
    return this.#slots.get(resource)?.find(({ nodeProbe }) => nodeProbe.node === node);
  }

  #startWaiting(): void {
    while (this.#running < this.#options.concurrency) {
      const start = this.#queue.shift();
      if (start === undefined) {
        return;
      }
      this.#running += 1;
      void start().finally(() => {
        this.#running -= 1;
        this.#startWaiting();
      });
    }
  }

  async #run(slot: Slot, timeoutMs: number): Promise<void> {
    const { clock, onResult } = this.#options;
    const beganAt = clock.now();
    slot.lastBeganAt = beganAt;
    const outcome = await this.#outcome(slot.nodeProbe.probe, timeoutMs);
    if (this.#stopped || this.#current(slot) === undefined) {
      return;
    }
    onResult({
      resource: slot.resource,
      node: slot.nodeProbe.node,
      beganAt,
      endedAt: clock.now(),
      ...outcome,
    });
  }

  async #outcome(probe: Probe, timeoutMs: number): Promise<ProbeOutcome> {
    try {
      return await bounded(
        this.#options.clock,
        timeoutMs,
        (signal) => probe.run(signal),
        () => ({ passed: false, detail: `no answer within ${timeoutMs} ms`, kind: 'timeout' }),
      );
    } catch (error) {
      // The interface forbids it; a probe with a fault is still no proof of health.
      return {
        passed: false,
        detail: `the probe failed: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
}

function slotsOf({ probes }: ProbePlan): ReadonlyMap<string, readonly Slot[]> {
  const slots = [...probes].map(([resource, nodeProbes]): [string, readonly Slot[]] => [
    resource,
    nodeProbes.map((nodeProbe) => ({
      resource,
      nodeProbe,
      running: false,
      next: null,
      lastBeganAt: Number.NEGATIVE_INFINITY,
    })),
  ]);
  return new Map(slots);
}
