/**
 * What one instance sees of one resource now.
 *
 * - `ok`: recent calls succeed
 * - `degraded`: some recent calls failed, some succeeded
 * - `down`: the breaker is open, or every recent call failed
 * - `unknown`: before the first call, and after silence; neither sick nor healthy
 */
export const conditions = ['ok', 'degraded', 'down', 'unknown'] as const;

export type Condition = (typeof conditions)[number];

/** `down` and `degraded` both count for quorum and cohort. */
export function isSick(condition: Condition): boolean {
  return condition === 'down' || condition === 'degraded';
}

export function isCondition(value: unknown): value is Condition {
  return typeof value === 'string' && (conditions as readonly string[]).includes(value);
}
