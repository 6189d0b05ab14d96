/** A statement about an engine does not hold. */
export class EngineConformanceError extends Error {
  override readonly name = 'EngineConformanceError';
  readonly code = 'PRUNELLA_ENGINE_CONFORMANCE';
}

/** `what` says what must hold, and what was seen in its stead. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new EngineConformanceError(what);
}
