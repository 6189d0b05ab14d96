import { type Playbook, parsePlaybook, type Signal } from '@prunella/core';
import type { Condition, Report } from '@prunella/protocol';
import { expect, onTestFinished } from 'vitest';
import { type EmbeddedEngine, startEmbeddedEngine } from '../../src/engine/embedded-engine.ts';
import type { EmbeddedEngineOptions } from '../../src/engine/options.ts';
import type { ProbeOutcome } from '../../src/probes/probe.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { StandInBackend } from './stand-in-backend.ts';
import { VirtualClock } from './virtual-clock.ts';

export const resource = 'postgres/main';

/** Its process has ended, as who started it says. */
export const exited: Signal = {
  id: 'exit-1',
  source: 'runner',
  type: 'process.exit',
  resource,
  node: 'db1',
  status: 'firing',
  summary: 'the process exited',
};

/** Mild step, then a restart; opened by a quorum of one host or by a signal; times in seconds. */
const playbookText = `
playbook: database
for: postgres/main
open:
  after: 2s
  quorum: { hosts: 1 }
  confirm: { failures: 2, every: 1s, timeout: 500ms }
  signals: [process.exit]
  graceAfterStart: 0s
ladder:
  - action: stand-in.apply
    autonomy: AUTONOMY
    after: 5s
    every: 60s
    deadline: 10s
    window: 20s
    soak: 2s
  - action: stand-in.restart
    autonomy: AUTONOMY
    after: 40s
    every: 60s
    deadline: 10s
    window: 20s
    soak: 2s
`;

/** A real engine on a real store; time, backend and probe are the test's. */
export class EngineUnderTest {
  readonly clock: VirtualClock;
  readonly backend: StandInBackend;
  readonly store: Store;
  readonly engine: EmbeddedEngine;
  readonly notified: string[];
  readonly faults: string[];
  readonly #world: { outcome: ProbeOutcome };
  readonly #sequences = new Map<string, number>();

  private constructor(parts: {
    clock: VirtualClock;
    backend: StandInBackend;
    store: Store;
    engine: EmbeddedEngine;
    notified: string[];
    faults: string[];
    world: { outcome: ProbeOutcome };
  }) {
    this.clock = parts.clock;
    this.backend = parts.backend;
    this.store = parts.store;
    this.engine = parts.engine;
    this.notified = parts.notified;
    this.faults = parts.faults;
    this.#world = parts.world;
  }

  static async start(options: {
    readonly folder: string;
    readonly clock?: VirtualClock;
    readonly backend?: StandInBackend;
    readonly autonomy?: 'ask' | 'auto';
    readonly isUp?: boolean;
    readonly wrapStore?: (store: Store) => Store;
    readonly engine?: Partial<EmbeddedEngineOptions>;
  }): Promise<EngineUnderTest> {
    const clock = options.clock ?? new VirtualClock(1_700_000_000_000);
    const backend = options.backend ?? new StandInBackend();
    const notified: string[] = [];
    const faults: string[] = [];
    const world: { outcome: ProbeOutcome } = { outcome: outcomeOf(options.isUp ?? true) };
    const playbooks = playbooksUnderTest(options.autonomy ?? 'auto');
    const opened = await openSqliteStore({ folder: options.folder, now: () => clock.now() });
    const store = options.wrapStore?.(opened) ?? opened;
    const engine = await startEmbeddedEngine({
      store,
      playbooks,
      resources: [
        {
          facts: { resource, nodes: [{ name: 'db1', target: 'minion1' }], labels: {} },
          probes: [{ node: 'db1', probe: { type: 'stand-in', run: async () => world.outcome } }],
        },
      ],
      backends: [backend],
      clock,
      random: () => 0.5,
      settings: { observe: { okHeartbeatMs: 1_000 } },
      onNotify: ({ text }) => {
        notified.push(text);
      },
      onFault: (error, doing) =>
        faults.push(`${doing}: ${error instanceof Error ? error.message : String(error)}`),
      ...options.engine,
    });
    onTestFinished(async () => {
      await engine.stop();
      await opened.close();
    });
    return new EngineUnderTest({ clock, backend, store, engine, notified, faults, world });
  }

  /** What the healer's own probe says from now on. */
  database(isUp: boolean): void {
    this.#world.outcome = outcomeOf(isUp);
  }

  report(instance: string, condition: Condition): ReturnType<EmbeddedEngine['report']> {
    return this.engine.report(this.reportOf(instance, condition));
  }

  reportOf(instance: string, condition: Condition): Report {
    const sequence = (this.#sequences.get(instance) ?? 0) + 1;
    this.#sequences.set(instance, sequence);
    const sick = condition === 'down' || condition === 'degraded';
    return {
      protocol: 1,
      service: 'actioner',
      host: 'one',
      instance: `actioner/one/${instance}`,
      epoch: `epoch ${instance}`,
      sequence,
      heartbeatMs: 1_000,
      conditions: [
        {
          resource,
          condition,
          sinceMs: 0,
          successes: sick ? 0 : sequence,
          faults: sick ? { unreachable: sequence } : {},
          ...(sick ? { firstFaultAgeMs: 0, lastFaultKind: 'unreachable' } : { lastSuccessAgeMs: 0 }),
        },
      ],
    };
  }

  /** Time passes while all instances report once a second. */
  async pass(seconds: number, instances: Readonly<Record<string, Condition>>): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (const [instance, condition] of Object.entries(instances)) {
        this.report(instance, condition);
      }
      await this.clock.advance(1_000);
    }
  }

  async eventTypes(): Promise<readonly string[]> {
    return (await this.engine.log({ limit: 1_000 })).map(({ event }) => event.type);
  }

  /** Ends the engine as an orderly stop does, and closes the store. */
  async stop(): Promise<void> {
    await this.engine.stop();
    await this.store.close();
  }
}

export function playbooksUnderTest(autonomy: 'ask' | 'auto'): readonly Playbook[] {
  const { playbooks, problems } = parsePlaybook(
    playbookText.replaceAll('AUTONOMY', autonomy),
    'database.yaml',
  );
  expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
  return playbooks;
}

function outcomeOf(isUp: boolean): ProbeOutcome {
  return isUp
    ? { passed: true, detail: 'answered' }
    : { passed: false, detail: 'connect ECONNREFUSED', kind: 'unreachable' };
}
