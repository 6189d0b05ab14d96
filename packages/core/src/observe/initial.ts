import type { ObserveState } from './state.ts';

export interface ObserveOptions {
  /** How long after its first report no share of a resource is trusted where nobody reported `ok`. 30,000. */
  readonly okHeartbeatMs?: number;
  /** Silence after which an instance is no observer any more. 600,000. */
  readonly forgetAfterMs?: number;
}

export function initialObserveState(_options: ObserveOptions = {}): ObserveState {
  return { version: 1 };
}
