import type { Signal } from '@prunella/core';

/** What brings signals in. `accept` resolves when the signal is on disk: only then may it be acknowledged. */
export interface Source {
  readonly name: string;
  start(accept: (signal: Signal) => Promise<SignalReceipt>): Promise<void>;
  stop(): Promise<void>;
}

export type SignalReceipt =
  | { readonly accepted: true; readonly duplicate: boolean }
  | { readonly accepted: false; readonly reason: string };
