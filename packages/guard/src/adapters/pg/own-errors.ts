import { blamesResource } from '@prunella/protocol';
import type { Classification } from '../../adapter.ts';
import { classifier } from '../classification/classify.ts';
import { pgRows } from './rows.ts';

export const classify = classifier(pgRows);

/** What the lease of one call saw of it. */
export interface Seen {
  /** All its queries went through the lease, and it has asked at all. */
  readonly all: boolean;
  /** One of them failed, and not by the application's or this host's doing. */
  readonly failure: boolean;
  /** Its transaction may only read, since the guard has said so. */
  readonly readOnly: boolean;
  /** Something of it still runs. */
  readonly running: boolean;
}

/** Whether this rejection of a query says something against the server. */
export function blamesServer({ kind }: Classification, readOnly: boolean): boolean {
  return blamesResource(kind) && !isOwnWrite(kind, readOnly);
}

/** What no row knows, and no query of the call can have failed with, the application's own function has thrown. */
export function judged(meaning: Classification, seen: Seen): Classification {
  const own = meaning.kind === 'unknown' && seen.all && !seen.failure;
  if (!own && !isOwnWrite(meaning.kind, seen.readOnly)) return meaning;
  return { kind: 'caller', outcomeUnknown: seen.running, evict: false };
}

/** PostgreSQL has one code for a write on a standby and for one in a transaction that was begun to read. */
function isOwnWrite(kind: Classification['kind'], readOnly: boolean): boolean {
  return readOnly && kind === 'not-primary';
}
