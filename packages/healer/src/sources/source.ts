import type { ActingElsewhere, Signal } from '@prunella/core';

/** What brings signals in. `accept` resolves when the signal is on disk: only then may it be acknowledged. */
export interface Source {
  readonly name: string;
  start(accept: AcceptSignal, tell?: TellActing): Promise<void>;
  stop(): Promise<void>;
}

export type AcceptSignal = (signal: Signal) => Promise<SignalReceipt>;

/** What others do to a resource now, as this source sees it; replaces what it told before. An empty list: nothing. */
export type TellActing = (resource: string, acting: readonly ActingElsewhere[]) => void;

export type SignalReceipt =
  | { readonly accepted: true; readonly duplicate: boolean }
  | {
      readonly accepted: false;
      readonly reason: string;
      /** Nothing is wrong with it: sent again later it is taken. Left out where it is of no use to send it again. */
      readonly later?: 'busy' | 'stopping';
    };
