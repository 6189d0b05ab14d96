/** What a guard asks the writes that wait for its resource; `@prunella/guard/writes` answers. */
export interface KeptWrites {
  readonly waiting: number;
  /** One of the key waits. */
  waitsFor(key: string): boolean;
  /** The first kept write of the key is on its way to the resource, or there. */
  isReplaying(key: string): boolean;
  /** A fresh value as it will be after the writes that wait for it. */
  applyWaiting(key: string, fresh: unknown): unknown;
  /** Makes the kept writes, until one fails that may yet succeed. Never rejects. */
  replay(): Promise<void>;
  /** The guard is detached: gives up what waits; answers how many are lost by it. */
  abandon(): number;
}
