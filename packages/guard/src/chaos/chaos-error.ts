import type { FaultKind } from '@prunella/protocol';

/** An injected fault, where `errorFor` gives no other error. */
export class ChaosError extends Error {
  override readonly name = 'ChaosError';
  readonly kind: FaultKind;
  /** The call was made before it failed. */
  readonly outcomeUnknown: boolean;

  constructor(kind: FaultKind, outcomeUnknown: boolean, what: string) {
    super(`chaos: ${kind}${outcomeUnknown ? ' after the call was made' : ''} (${what})`);
    this.kind = kind;
    this.outcomeUnknown = outcomeUnknown;
  }
}
