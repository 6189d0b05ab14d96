import {
  type Command,
  defaultFleetSettings,
  type FleetSettings,
  type ObserveOptions,
  type Playbook,
  type ResourceFacts,
} from '@prunella/core';
import type { ReportRefusalCode } from '@prunella/protocol';
import type { Backend } from '../backends/backend.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { CrashPoint } from './crash-point.ts';
import type { NodeProbe } from './prober.ts';

/** What the embedded engine needs. It closes none of it: who opened a store or a backend closes it. */
export interface EmbeddedEngineOptions {
  /** Open and locked (`acquireStoreLock`). */
  readonly store: Store;
  readonly playbooks: readonly Playbook[];
  /** Those that are configured. One that is only heard of has a machine where a playbook matches it. */
  readonly resources: readonly EngineResource[];
  /** An action belongs to the first backend that names it. */
  readonly backends: readonly Backend[];
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** 0 (inclusive) to 1 (exclusive), for spreading and for the names of runs. Default: `Math.random`. */
  readonly random?: () => number;
  readonly settings?: Partial<EngineSettings>;
  /**
   * Called after the decision is on disk; may be called again after a crash, and after one that came before the
   * promise that it gave was settled. No decision waits for it.
   */
  readonly onNotify?: (notification: Notification) => void | Promise<void>;
  /**
   * A fault of the engine's surroundings that no resource's log can tell: a full disk, a probe that throws.
   * Default: a warning of the process.
   */
  readonly onFault?: (error: unknown, doing: string) => void;
  /** Told of each report and signal that came, for figures: a code where it was refused. */
  readonly onIntake?: (what: IntakeResult) => void;
  /** For tests: told of each crash point as it is passed. */
  readonly onCrashPoint?: (point: CrashPoint) => void;
}

export type IntakeResult =
  | { readonly what: 'report'; readonly result: 'taken' | ReportRefusalCode }
  | { readonly what: 'signal'; readonly result: 'taken' | 'duplicate' | 'refused' };

/** What a running engine can be given anew, all of it at once. */
export type EngineSetup = Pick<EmbeddedEngineOptions, 'playbooks' | 'resources' | 'backends'> & {
  readonly settings?: Partial<Pick<EngineSettings, 'probeEveryMs' | 'probeTimeoutMs' | 'fleet'>>;
};

export interface EngineResource {
  readonly facts: ResourceFacts;
  readonly probes: readonly NodeProbe[];
}

export type Notification = Extract<Command, { type: 'notify' }>;

export interface EngineSettings {
  /** Between two periodic probes of a node while something is suspected or open. Default 5,000. */
  readonly probeEveryMs: number;
  /** Default 2,000. */
  readonly probeTimeoutMs: number;
  /** Probes at one moment. Default 32. */
  readonly probeConcurrency: number;
  /** Orders that a backend works on at one moment, by its name; 10 where it is not named. */
  readonly backendConcurrency: Readonly<Record<string, number>>;
  /** A summary whose counts did not change reaches the machine within this. Default 1,000. */
  readonly summaryEveryMs: number;
  /** One look at whom a target expression means. Default 15,000. */
  readonly resolveTimeoutMs: number;
  /** After a write that failed, the next try. Default 1,000. */
  readonly storeRetryMs: number;
  /** Signals and commands that wait; a further one is refused. Default 10,000. */
  readonly waitingLimit: number;
  /** Resources that have a machine without being configured; further ones are not looked at. Default 1,000. */
  readonly heardOfLimit: number;
  readonly observe: ObserveOptions;
  /** What bounds all resources together. Default: core's. */
  readonly fleet: FleetSettings;
}

export const defaultEngineSettings: EngineSettings = {
  probeEveryMs: 5_000,
  probeTimeoutMs: 2_000,
  probeConcurrency: 32,
  backendConcurrency: {},
  summaryEveryMs: 1_000,
  resolveTimeoutMs: 15_000,
  storeRetryMs: 1_000,
  waitingLimit: 10_000,
  heardOfLimit: 1_000,
  observe: {},
  fleet: defaultFleetSettings,
};

export const defaultBackendConcurrency = 10;
