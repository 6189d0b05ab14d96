import type { Guard, ReadAnswer } from '@prunella/guard';
import type { PgHandle } from '@prunella/guard/pg';

export interface Monitor {
  readonly id: string;
  readonly failcount: number;
}

/** What each recipe does with its ORM, over the same table. */
export interface Monitors {
  readonly guard: Guard<PgHandle>;
  /** From the cache while the database is gone. */
  find(id: string): Promise<ReadAnswer<Monitor | null>>;
  /** A plain call of the ORM, outside of any function of the guard. */
  add(monitor: Monitor): Promise<void>;
  /** All of them or none. */
  addAll(monitors: readonly Monitor[]): Promise<void>;
  /** A query that takes this long. */
  wait(seconds: number): Promise<void>;
}
