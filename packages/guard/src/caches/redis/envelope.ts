import type { CachedValue } from '../../cache.ts';

/** The version of what stands in Redis; it grows when a reader of the present one could misread it. */
const envelopeVersion = 1;

/** `other-schema`: written for another version of the application's values. */
export type EnvelopeProblem = 'not-json' | 'not-an-entry' | 'unknown-version' | 'other-schema';

export function sealed({ value, storedAt, pending }: CachedValue, schema: number | undefined): string {
  return JSON.stringify({ prunella: envelopeVersion, schema, storedAt, pending, value });
}

/** Another program, an older release or a person may have written it: nothing is believed unseen. */
export function opened(text: string, schema: number | undefined): CachedValue | EnvelopeProblem {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  if (typeof found !== 'object' || found === null || !('prunella' in found)) return 'not-an-entry';
  if (found.prunella !== envelopeVersion) return 'unknown-version';
  if (!('storedAt' in found) || typeof found.storedAt !== 'number') return 'not-an-entry';
  if (!('pending' in found) || typeof found.pending !== 'boolean' || !('value' in found))
    return 'not-an-entry';
  if (('schema' in found ? found.schema : undefined) !== schema) return 'other-schema';
  return { value: found.value, storedAt: found.storedAt, pending: found.pending };
}
