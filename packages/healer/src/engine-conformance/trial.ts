import { type LogEntry, type Playbook, parsePlaybook, type Signal } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';
import { EngineConformanceError, must } from './conformance-error.ts';
import { handClock } from './hand-clock.ts';
import type { ConformanceTime, EngineHarness, EngineMemory, RunningEngine } from './harness.ts';
import { actionName, RecordingBackend } from './recording-backend.ts';

/** Two resources that nothing but the fleet connects; repaired as soon as a signal says so. */
export const resources = ['conformance/one', 'conformance/two'] as const;

const playbookText = `
playbook: conformance
for: conformance/*
open: { signals: [alert], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { action: ${actionName}, autonomy: auto, after: 1s, every: 2s, max: 50, deadline: 20s, window: 2s, soak: 1s }
limits: { attemptsPerDay: 100 }
`;

const stepMs = 200;

/** One memory with the engine that runs on it, while one check uses them. */
export class Trial {
  readonly memory: EngineMemory;
  readonly backend = new RecordingBackend();
  readonly time: ConformanceTime;
  readonly patienceMs: number;
  readonly #playbooks: readonly Playbook[];
  #running: RunningEngine | null = null;

  private constructor(memory: EngineMemory, time: ConformanceTime, patienceMs: number) {
    this.memory = memory;
    this.time = time;
    this.patienceMs = patienceMs;
    this.#playbooks = parsePlaybook(playbookText, 'conformance.yaml').playbooks;
  }

  static async begin(harness: EngineHarness, patienceMs: number): Promise<Trial> {
    const trial = new Trial(await harness.makeMemory(), harness.makeTime?.() ?? handClock(), patienceMs);
    await trial.start();
    return trial;
  }

  get engine(): Engine {
    return this.running.engine;
  }

  get running(): RunningEngine {
    if (this.#running === null) throw new Error('no engine runs: a check used it after its end');
    return this.#running;
  }

  async start(): Promise<void> {
    this.#running = await this.memory.start({
      playbooks: this.#playbooks,
      resources: resources.map((resource) => ({
        facts: { resource, nodes: [{ name: 'node', target: `target of ${resource}` }], labels: {} },
        probes: [],
      })),
      backends: [this.backend],
      clock: this.time.clock,
      random: () => 0.5,
      onNotify: () => undefined,
      onFault: () => undefined,
    });
  }

  /** As SIGKILL and a start; what ran is over the moment this is called. */
  async killAndStart(): Promise<void> {
    await this.running.kill();
    this.#running = null;
    await this.start();
  }

  async end(): Promise<void> {
    await this.#running?.kill();
    await this.memory.drop();
  }

  signal(id: string, resource: string = resources[0], type = 'alert') {
    const signal: Signal = {
      id,
      source: 'conformance',
      type,
      resource,
      node: 'node',
      status: 'firing',
      summary: 'something is wrong',
    };
    return this.during(this.engine.signal(signal));
  }

  /** Time goes on while somebody waits for an answer. */
  async during<Value>(work: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    work.then(settled, settled);
    for (let passedMs = 0; passedMs <= this.patienceMs; passedMs += stepMs) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isSettled) return work;
      await this.time.advance(stepMs);
    }
    throw new EngineConformanceError(`every call must be answered; one was not within ${this.patienceMs} ms`);
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let passedMs = 0; passedMs <= this.patienceMs; passedMs += stepMs) {
      if (await holds()) return;
      await this.time.advance(stepMs);
    }
    throw new EngineConformanceError(`${what}; it did not come within ${this.patienceMs} ms`);
  }

  /** Opens an incident and waits until its order is with the backend. */
  async untilDispatched(count = 1): Promise<RecordingBackend['dispatched'][number]> {
    await this.until('a signal that the playbook names must lead to an order', () => {
      return this.backend.dispatched.length >= count;
    });
    const dispatched = this.backend.dispatched[count - 1];
    must(dispatched !== undefined, 'an order must be there that was counted');
    return dispatched;
  }

  async log(): Promise<readonly LogEntry[]> {
    return this.engine.log({ limit: 1_000 });
  }

  /** How often the log tells of it. */
  async count(matches: (entry: LogEntry) => boolean): Promise<number> {
    return (await this.log()).filter(matches).length;
  }
}
