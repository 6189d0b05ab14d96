export { type Chaos, type ChaosOptions, chaos } from './chaos.ts';
export { ChaosError } from './chaos-error.ts';
export type { ChaosCounts } from './injection.ts';
export type { ChaosPlan, ChaosStage } from './plan.ts';
