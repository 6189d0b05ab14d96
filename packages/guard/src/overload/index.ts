export { type OverloadOptions, overload } from './overload.ts';
export type { Overload } from './places.ts';
export { type RetryBudget, type Retrying, type RetryOptions, retryBudget, retrying } from './retrying.ts';
