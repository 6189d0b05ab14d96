import { reportLimits } from './report.ts';

/** `kind/name`. The length is bounded besides: `reportLimits.nameLength`. */
export const resourceNamePattern = /^[a-z0-9][a-z0-9_.-]*\/[A-Za-z0-9][A-Za-z0-9_.:-]*$/;

/** `kind/name`: the kind in lower case, no further slash, at most 200 characters. */
export function isResourceName(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= reportLimits.nameLength && resourceNamePattern.test(value)
  );
}
