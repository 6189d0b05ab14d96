export { EngineConformanceError } from './conformance-error.ts';
export { engineChecks } from './engine-checks.ts';
export type {
  ConformanceTime,
  EngineCheck,
  EngineConformanceOptions,
  EngineHarness,
  EngineMemory,
  EngineWorld,
  RunningEngine,
} from './harness.ts';
