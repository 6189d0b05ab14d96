import type { SaltClient } from './client.ts';
import type { WatchedNode } from './watch/signals.ts';

/** What `prunella doctor` looks at of one Salt master. */
export interface Examined {
  readonly client: SaltClient;
  readonly nodes: readonly WatchedNode[];
  readonly fences: boolean;
  /** Where the webhooks would be, such as `/hook`. */
  readonly hookPath: string;
  /** The authority of the healer's fences; null where the first start is still to make it. */
  readonly installation: string | null;
}
