export type { Condition, Directive, FaultKind } from '@prunella/protocol';
export type { Adapter, Classification, Lease } from './adapter.ts';
export { attach, connect, type OwningAdapter } from './attach.ts';
export type { Cache, CachedValue } from './cache.ts';
export { type Clock, systemClock } from './clock.ts';
export type { GuardEventName, GuardEvents } from './events.ts';
export { type Fault, type FaultCode, FaultError, OptionError } from './fault.ts';
export type {
  CallContext,
  CallOptions,
  Guard,
  GuardedFunction,
  Outcome,
  ReadAnswer,
  ReadRequest,
} from './guard.ts';
export { type MemoryCacheOptions, memoryCache } from './memory-cache.ts';
export type { ConsecutiveBreaker, GuardOptions, ShareBreaker } from './options.ts';
export { configureReporting, sayGoodbye } from './reporting/configure.ts';
export type { ReportingOptions } from './reporting/options.ts';
