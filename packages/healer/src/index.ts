export type {
  Backend,
  BackendHealth,
  BackendPromises,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from './backends/backend.ts';
export { stopProcessServices } from './backends/process/stop-services.ts';
export { describeEvent } from './commands/describe-event.ts';
export type { Configuration } from './configuration/configuration.ts';
export type { LoadedConfiguration } from './configuration/load.ts';
export { loadConfiguration } from './configuration/load.ts';
export type { ParsedConfiguration } from './configuration/parse.ts';
export { parseConfiguration } from './configuration/parse.ts';
export { SecretError } from './configuration/secret.ts';
export type { Finding } from './doctor/finding.ts';
export type { Clock } from './engine/clock.ts';
export { systemClock } from './engine/clock.ts';
export type { CrashPoint } from './engine/crash-point.ts';
export { crashPoints } from './engine/crash-point.ts';
export type { EmbeddedEngine } from './engine/embedded-engine.ts';
export { startEmbeddedEngine } from './engine/embedded-engine.ts';
export type { AttemptView, CommandReceipt, Engine, IncidentView } from './engine/engine.ts';
export type { Ledger } from './engine/ledger.ts';
export type {
  EmbeddedEngineOptions,
  EngineResource,
  EngineSettings,
  Notification,
} from './engine/options.ts';
export { defaultEngineSettings } from './engine/options.ts';
export type { NodeProbe } from './engine/prober.ts';
export type {
  BackendReport,
  Healer,
  HealerEvent,
  HealerOptions,
  HealerReporting,
  HealerRole,
} from './healer/healer.ts';
export type { HealerStartErrorCode } from './healer/start-error.ts';
export { HealerStartError } from './healer/start-error.ts';
export { startHealer } from './healer/start-healer.ts';
export type { ProbeConfiguration } from './probes/configuration.ts';
export { createProbe } from './probes/create-probe.ts';
export type { Probe, ProbeOutcome } from './probes/probe.ts';
export type { Access, AccessToken, Role } from './server/access.ts';
export type { HealerServer, ListenPlace, ServerOptions } from './server/create-server.ts';
export { createServer } from './server/create-server.ts';
export type { HealerFacts } from './server/routes/health.ts';
export type { SignalReceipt, Source } from './sources/source.ts';
export type { SqliteStoreOptions } from './store/sqlite-store.ts';
export { openSqliteStore } from './store/sqlite-store.ts';
export type {
  CommitReceipt,
  IncidentQuery,
  LogQuery,
  Store,
  StoredAttempt,
  StoredIncident,
  StoredSignal,
  StoredState,
  Transaction,
} from './store/store.ts';
export type { StoreErrorCode } from './store/store-error.ts';
export { StoreError } from './store/store-error.ts';
export type { StoreHolder, StoreLock } from './store/store-lock.ts';
export { acquireStoreLock, StoreHeldError } from './store/store-lock.ts';
