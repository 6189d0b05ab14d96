export { keepAllBelow, signalGroup, spawnKept } from './children.ts';
export { ensureChromium, findChromium } from './chromium.ts';
export { ensureDebianPackage } from './debian-package.ts';
export { endPool } from './end-pool.ts';
export { type Direction, type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts';
export type { NetworkFault } from './fault-proxy-pipe.ts';
export { findBinary } from './find-binary.ts';
export { notRun } from './not-run.ts';
export { freePort } from './ports.ts';
export {
  hasPostgresql,
  type LabPostgres,
  type PostgresOptions,
  postgresAnswers,
  preparePostgres,
  startPostgres,
} from './postgres.ts';
export { type StandbyOptions, startPostgresStandby } from './postgres-standby.ts';
export { canHaveSmallDisk } from './postgresql-server.ts';
export {
  type AlertmanagerOptions,
  ensurePrometheus,
  hasPrometheus,
  type PrometheusOptions,
  startAlertmanager,
  startPrometheus,
} from './prometheus.ts';
export { ensureRedis, findRedis, type LabRedis, type RedisOptions, startRedis } from './redis.ts';
export {
  type RethinkdbMember,
  type RethinkdbOptions,
  startReqlite,
  startRethinkdb,
  startRethinkdbCluster,
} from './rethinkdb.ts';
export { formulaFolder } from './salt/configuration-files.ts';
export {
  defaultSaltFolder,
  findSaltEnvironment,
  type InstallProgress,
  installSalt,
  type SaltEnvironment,
  SaltInstallError,
  type SaltInstallErrorCode,
  saltRequirements,
} from './salt/environment.ts';
export type { AllowedFunction, SaltLabOptions, SupervisedService } from './salt/options.ts';
export { type SaltLab, SaltLabError, startSalt } from './salt/salt-lab.ts';
export type { ServiceState } from './salt/supervisor.ts';
export { ensureSchemathesis, findSchemathesis } from './schemathesis.ts';
export { type LabCommand, type LabService, LabServiceError } from './service.ts';
export { WaitError, type WaitOptions, waitFor } from './wait.ts';
