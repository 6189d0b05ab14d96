import type { Report } from '@prunella/protocol';

/** Who was heard of, when, with what. Opaque to the engine, which keeps it in memory only. */
export interface ObserveState {
  readonly version: 1;
  readonly newest?: Report;
}
