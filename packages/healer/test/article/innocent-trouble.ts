import type { FaultKind } from '@prunella/protocol';

export type Trouble =
  | 'none'
  | 'bad query'
  | 'event loop blocked'
  | 'own pool starved'
  | 'deadlines missed under a starved pool';

export type InnocentTold = { readonly at: number } & (
  | { readonly type: 'success' }
  | { readonly type: 'fault'; readonly kind: FaultKind; readonly counted: boolean }
);
