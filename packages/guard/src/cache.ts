/** Where last known values live. Values are the application's JSON values. */
export interface Cache {
  /** Undefined where the key is not cached; rejects where the cache itself fails. */
  get(key: string): Promise<CachedValue | undefined>;
  set(key: string, entry: CachedValue): Promise<void>;
}

export interface CachedValue {
  readonly value: unknown;
  /** When it was loaded, ms since the Unix epoch by the writer's clock. */
  readonly storedAt: number;
  /** A write that waits for the resource has been applied to this copy. */
  readonly pending: boolean;
}
