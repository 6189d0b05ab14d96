export { adapterChecks } from './adapter-checks.ts';
export { ConformanceError } from './conformance-error.ts';
export type { AdapterCheck, AdapterHarness, ConformanceOptions, ServerControl } from './harness.ts';
