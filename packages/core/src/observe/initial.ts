import { emptyRecord } from './record.ts';
import type { ObserveState } from './state.ts';

export interface ObserveOptions {
  /**
   * After the first report of a resource its shares are not trusted for one whole ok-heartbeat: the longest
   * that came with an `ok`, or this where nobody was ok yet. Ms, default 30,000.
   */
  readonly okHeartbeatMs?: number;
  /** Silence after which an instance is no observer any more. Ms, default 600,000. */
  readonly forgetAfterMs?: number;
  /** Instances kept at most; a further one is refused. Default 250,000. */
  readonly instanceLimit?: number;
  /** Resources looked at; what is said of a further one is left out, unless it is declared. Default 10,000. */
  readonly resourceLimit?: number;
  /** Names of the declared resources. */
  readonly declared?: readonly string[];
}

export function initialObserveState(options: ObserveOptions = {}): ObserveState {
  const declared = emptyRecord<true>();
  for (const resource of options.declared ?? []) declared[resource] = true;
  return {
    version: 1,
    okHeartbeatMs: options.okHeartbeatMs ?? 30_000,
    forgetAfterMs: options.forgetAfterMs ?? 600_000,
    instanceLimit: options.instanceLimit ?? 250_000,
    instances: emptyRecord(),
    instanceCount: 0,
    boards: emptyRecord(),
    boardCount: 0,
    boardLimit: options.resourceLimit ?? 10_000,
    declared,
    awaited: emptyRecord(),
    timers: [],
    boardTimers: [],
  };
}
