import { setTimeout as delay } from 'node:timers/promises';
import type { OperatorCommand, Signal } from '@prunella/core';
import type { Random } from '@prunella/core/simulate';
import type { Report } from '@prunella/protocol';
import type { HealerProcess } from './healer-process.ts';
import type { World } from './world.ts';

const everyMs = 10;
const hosts = ['one', 'two'];

/** The applications, sources of signals and people around a healer. They go on while healers come and go. */
export class Load {
  readonly #world: World;
  readonly #resources: readonly string[];
  readonly #random: Random;
  #sequence = 0;
  #signals = 0;
  #commands = 0;
  readonly #sentSignals: Signal[] = [];

  constructor(world: World, resources: readonly string[], random: Random) {
    this.#world = world;
    this.#resources = resources;
    this.#random = random;
  }

  /** Until told to end. Where `calm`, nothing breaks any more and only reports are sent. */
  async press(healer: HealerProcess, end: AbortSignal, calm: boolean): Promise<void> {
    while (!end.aborted) {
      // Applications hold one report each: they do not queue them for a healer that is slow.
      if (!healer.isBehind) {
        this.#report(healer);
        if (!calm) this.#trouble(healer);
      }
      await delay(everyMs, undefined, { signal: end }).catch(() => {});
    }
  }

  /** A person tells a ladder that paused or came to its end to go on. */
  resume(healer: HealerProcess, resource: string): void {
    this.#command(healer, resource, { type: 'resume-ladder' });
  }

  #trouble(healer: HealerProcess): void {
    const random = this.#random;
    const resource = this.#resources[random.whole(0, this.#resources.length - 1)] ?? '';
    if (random.chance(0.3)) this.#world.break(resource);
    if (random.chance(0.5)) healer.tell({ signal: this.#signal(resource) });
    if (random.chance(0.05)) this.resume(healer, resource);
    if (random.chance(0.05))
      this.#command(healer, resource, { type: 'announce-deploy', forMs: 0, what: 'it' });
  }

  /** A tenth of them says again what was said before. */
  #signal(resource: string): Signal {
    const before = this.#sentSignals[this.#random.whole(0, this.#sentSignals.length)];
    if (before !== undefined && this.#random.chance(0.1)) return before;
    this.#signals += 1;
    const signal: Signal = {
      id: `signal ${this.#signals}`,
      source: 'torture',
      type: 'process.exit',
      resource,
      node: 'node',
      status: 'firing',
      summary: 'the process exited',
    };
    this.#sentSignals.push(signal);
    return signal;
  }

  #command(healer: HealerProcess, resource: string, command: OperatorCommand['command']): void {
    this.#commands += 1;
    healer.tell({ resource, command: { id: `command ${this.#commands}`, by: 'ada', command } });
  }

  #report(healer: HealerProcess): void {
    this.#sequence += 1;
    for (const host of hosts) healer.tell({ report: this.#reportOf(host) });
  }

  #reportOf(host: string): Report {
    return {
      protocol: 1,
      service: 'torture',
      host,
      instance: `torture/${host}/1`,
      epoch: 'one',
      sequence: this.#sequence,
      heartbeatMs: 1_000,
      conditions: this.#resources.map((resource) =>
        this.#world.isUp(resource)
          ? {
              resource,
              condition: 'ok' as const,
              sinceMs: 0,
              successes: this.#sequence,
              faults: {},
              lastSuccessAgeMs: 0,
            }
          : {
              resource,
              condition: 'down' as const,
              sinceMs: 0,
              successes: 0,
              faults: { unreachable: this.#sequence },
              firstFaultAgeMs: 20,
              lastFaultKind: 'unreachable' as const,
            },
      ),
    };
  }
}
