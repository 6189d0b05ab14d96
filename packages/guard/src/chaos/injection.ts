import type { FaultKind } from '@prunella/protocol';
import type { Clock } from '../clock.ts';
import { calm, type SettledPlan, type SettledStage } from './plan.ts';
import { randomFrom } from './random.ts';

/** What becomes of one call. */
export interface Injection {
  readonly number: number;
  readonly delayMs: number;
  /** Null: it is let through. */
  readonly meets: FaultKind | 'hang' | null;
  /** It is made before it fails or hangs. */
  readonly made: boolean;
}

export interface ChaosCounts {
  /** Calls, pings not counted. */
  readonly calls: number;
  /** Of them, those that failed or hung, by what they met. */
  readonly injected: Readonly<Partial<Record<FaultKind | 'hang', number>>>;
}

/** Draws what becomes of each call, from a seed. */
export class Injections {
  readonly #clock: Clock;
  readonly #callRandom: () => number;
  /** Pings come when they like, and must not change what calls meet. */
  readonly #pingRandom: () => number;
  #stages: readonly SettledStage[] = [];
  #stageBeganAt = 0;
  #stageCalls = 0;
  #plan = calm;
  #calls = 0;
  readonly #injected: Partial<Record<FaultKind | 'hang', number>> = {};

  constructor(seed: number, clock: Clock) {
    this.#clock = clock;
    this.#callRandom = randomFrom(seed);
    this.#pingRandom = randomFrom(seed ^ 0x5bd1e995);
  }

  get counts(): ChaosCounts {
    return { calls: this.#calls, injected: { ...this.#injected } };
  }

  /** From now on, until something else is said. */
  follow(plan: SettledPlan): void {
    this.#stages = [];
    this.#plan = plan;
  }

  /** One stage after the other, then calm. */
  play(stages: readonly SettledStage[]): void {
    this.#stages = stages;
    this.#stageBeganAt = this.#clock.now();
    this.#stageCalls = 0;
    this.#plan = calm;
  }

  forCall(): Injection {
    const plan = this.#planNow();
    this.#calls++;
    this.#stageCalls++;
    const injection = this.#draw(plan, this.#callRandom);
    const { meets } = injection;
    if (meets !== null) this.#injected[meets] = (this.#injected[meets] ?? 0) + 1;
    return injection;
  }

  forPing(): Injection {
    const plan = this.#planNow();
    return this.#draw(plan.pings ? plan : calm, this.#pingRandom);
  }

  #planNow(): SettledPlan {
    const now = this.#clock.now();
    for (let stage = this.#stages[0]; stage !== undefined; stage = this.#stages[0]) {
      if (this.#stageCalls < stage.forCalls && now - this.#stageBeganAt < stage.forMs) return stage.plan;
      this.#stages = this.#stages.slice(1);
      this.#stageBeganAt = Number.isFinite(stage.forMs) ? this.#stageBeganAt + stage.forMs : now;
      this.#stageCalls = 0;
    }
    return this.#plan;
  }

  /** Three numbers for each call, whatever the plan: another plan must not shift what later calls draw. */
  #draw(plan: SettledPlan, random: () => number): Injection {
    const [which, jitter, unknown] = [random(), random(), random()];
    const meets = meetsAt(which, plan);
    return {
      number: this.#calls,
      delayMs: plan.latencyMs + plan.jitterMs * jitter,
      meets,
      made: meets !== null && unknown < plan.outcomeUnknown,
    };
  }
}

function meetsAt(which: number, plan: SettledPlan): Injection['meets'] {
  let end = 0;
  for (const [kind, share] of plan.faults) {
    end += share;
    if (which < end) return kind;
  }
  return which < end + plan.hang ? 'hang' : null;
}
