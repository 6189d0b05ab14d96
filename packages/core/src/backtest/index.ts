export { type Backtest, backtest } from './backtest.ts';
export type { Decision, Difference } from './compare.ts';
export type { Installation } from './replay.ts';
