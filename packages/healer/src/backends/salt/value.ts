export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own entry of a map that came from outside; `undefined` for one without. */
export function entryOf(map: JsonRecord, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
