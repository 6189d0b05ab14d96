import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { EmbeddedEngineOptions } from '../engine/options.ts';

/** What the author of an engine gives, so that the checks can start, kill and start it again. */
export interface EngineHarness {
  /** Where an engine keeps what must survive, empty: a folder, a database, a cluster. */
  makeMemory(): Promise<EngineMemory>;
  /** Where the engine's time is not in the hand of a test. Default: a clock that passes only as a check says. */
  makeTime?(): ConformanceTime;
}

export interface EngineMemory {
  /** An engine on what this memory holds. Never called while another runs on it. */
  start(world: EngineWorld): Promise<RunningEngine>;
  /** From now on nothing can be written, until `refuse(false)`. */
  refuse(refuses: boolean): void;
  /** Gives everything back, also where an engine still runs on it. */
  drop(): Promise<void>;
}

export interface RunningEngine {
  readonly engine: Engine;
  ledger(): Ledger | Promise<Ledger>;
  /**
   * Ends it as SIGKILL does, at once, in the middle of whatever: from the call on nothing of it is written, sent or
   * told any more. Called also from within a backend or a listener. Resolves when another may start on the memory.
   */
  kill(): Promise<void>;
}

/** What surrounds the engine: of the checks, but for the clock where the harness brings one. */
export type EngineWorld = Required<
  Pick<
    EmbeddedEngineOptions,
    'playbooks' | 'resources' | 'backends' | 'clock' | 'random' | 'onNotify' | 'onFault'
  >
>;

export interface ConformanceTime {
  readonly clock: Clock;
  /** Resolves when so much time has passed by that clock, and what it led to has come to its end. */
  advance(byMs: number): Promise<void>;
}

export interface EngineConformanceOptions {
  /** How long checks wait for what must come, by the engine's clock, in ms: 1,000 to 600,000. Default 30,000. */
  readonly patienceMs?: number;
}

/** One statement about the engine. */
export interface EngineCheck {
  /** Such as `keeps what it acknowledged over a kill`. */
  readonly name: string;
  /** Rejects with an `EngineConformanceError` where the statement does not hold. */
  run(): Promise<void>;
}
