export type {
  Backend,
  BackendHealth,
  BackendPromises,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from './backends/backend.ts';
export type { AttemptView, CommandReceipt, Engine, IncidentView } from './engine/engine.ts';
export type { Probe, ProbeOutcome } from './probes/probe.ts';
export type { SignalReceipt, Source } from './sources/source.ts';
export type { LogQuery, Store, StoredAttempt, StoredState, Transaction } from './store/store.ts';
