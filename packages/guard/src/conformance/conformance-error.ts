/** A statement about an adapter does not hold. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
  readonly code = 'PRUNELLA_CONFORMANCE';
}

/** `what` says what must hold and what was seen in its stead. */
export function must(holds: boolean, what: string, cause?: unknown): asserts holds {
  if (!holds) throw new ConformanceError(what, cause === undefined ? undefined : { cause });
}

/** Any value, shortly, for an error's text. */
export function shown(value: unknown): string {
  try {
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    return 'a value that cannot be shown';
  }
}
