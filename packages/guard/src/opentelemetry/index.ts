export type { OpenTelemetryApi } from './api.ts';
export { type GuardTelemetry, openTelemetry } from './open-telemetry.ts';
