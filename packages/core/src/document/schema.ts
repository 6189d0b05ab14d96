import { z } from 'zod';
import { durationPattern, formatDuration, longestDurationMs, parseDuration } from './duration.ts';

/**
 * Builds schemas at first use and without the probe for code generation, so that importing has no effect and
 * a page with a strict content policy sees no violation. The setting is put back as it was.
 */
export function lazySchema<Schema>(build: () => Schema): () => Schema {
  let built: { readonly schema: Schema } | undefined;
  return () => {
    built ??= { schema: withoutCodeGeneration(build) };
    return built.schema;
  };
}

function withoutCodeGeneration<Result>(work: () => Result): Result {
  const before = z.config().jitless ?? false;
  z.config({ jitless: true });
  try {
    return work();
  } finally {
    z.config({ jitless: before });
  }
}

export interface DurationBounds {
  /** In ms; 0 by default. */
  readonly leastMs?: number;
  /** In ms; 366 days by default. */
  readonly mostMs?: number;
}

/** A duration in text, such as `5m`, `90s`, `1m30s`, `24h`, to ms. */
export function durationText(bounds: DurationBounds = {}) {
  const { leastMs = 0, mostMs = longestDurationMs } = bounds;
  const message = 'must be a duration with its unit, such as 5m, 90s, 1m30s or 24h';
  return z
    .string(message)
    .regex(durationPattern, message)
    .transform((text, context) => {
      const durationMs = parseDuration(text);
      if (durationMs !== null && durationMs >= leastMs && durationMs <= mostMs) return durationMs;
      context.addIssue(`must be between ${formatDuration(leastMs)} and ${formatDuration(mostMs)}`);
      return z.NEVER;
    });
}

/** A share above 0 and at most 1, written `0.8` or `80%`. */
export function shareText() {
  const message = 'must be a share above 0 and at most 1, as 0.8 or as 80%';
  return z
    .union([z.number(), z.string().regex(/^\d{1,3}(?:\.\d+)?%$/, message)], message)
    .transform((given, context) => {
      const share = typeof given === 'number' ? given : Number.parseFloat(given) / 100;
      if (share > 0 && share <= 1) return share;
      context.addIssue(message);
      return z.NEVER;
    });
}
