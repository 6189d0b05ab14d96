import type { FaultKind } from '@prunella/protocol';

/** One check of one node, by the healer itself. It makes its own connection and leaves none behind. */
export interface Probe {
  readonly type: string;
  /** Never throws: every failure is an outcome. Ends within the signal's abort. */
  run(signal: AbortSignal): Promise<ProbeOutcome>;
}

export type ProbeOutcome =
  | { readonly passed: true; readonly detail: string }
  | {
      readonly passed: false;
      readonly detail: string;
      /** What the failure means, where the answer told: `starting` is waited for, never restarted. */
      readonly kind?: FaultKind;
    };
