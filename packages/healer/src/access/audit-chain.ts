import { createHash } from 'node:crypto';
import type { AuditRecord } from './access-records.ts';

/** Before the first entry. */
export const firstLink = '0'.repeat(64);

/** The text of an entry, as it is kept and hashed. */
export function auditText({ at: _at, ...rest }: AuditRecord): string {
  return JSON.stringify(rest);
}

/** The link of an entry: who changes one, must change all that follow. */
export function linkOf(before: string, sequence: number, at: number, text: string): string {
  return createHash('sha256').update(`${before}\n${sequence}\n${at}\n${text}`).digest('hex');
}

/** An entry as it is kept. */
export interface AuditLink {
  readonly sequence: number;
  readonly at: number;
  readonly text: string;
  readonly hash: string;
}

export interface AuditInspection {
  readonly entries: number;
  /** The last link: noted elsewhere, it shows later whether the end was cut off. */
  readonly head: { readonly sequence: number; readonly hash: string } | null;
  /** What is wrong, as sentences; bounded. */
  readonly damages: readonly string[];
}

const mostDamages = 20;

/**
 * Follows the chain from where it begins: `start` is the last entry that retention removed. `lastEver`: the highest
 * sequence that was ever given, as the database itself counts.
 */
export function inspectChain(
  links: Iterable<AuditLink>,
  start: { readonly sequence: number; readonly hash: string },
  lastEver: number,
): AuditInspection {
  const damages: string[] = [];
  let before = start;
  let entries = 0;
  for (const { sequence, at, text, hash } of links) {
    entries += 1;
    if (damages.length < mostDamages) {
      if (sequence !== before.sequence + 1) {
        damages.push(`entries ${before.sequence + 1} to ${sequence - 1} are gone`);
      } else if (linkOf(before.hash, sequence, at, text) !== hash) {
        damages.push(`entry ${sequence} is not what was written, or the one before it is not`);
      }
    }
    before = { sequence, hash };
  }
  if (before.sequence < lastEver) damages.push(`entries ${before.sequence + 1} to ${lastEver} are gone`);
  return { entries, head: entries === 0 ? null : before, damages };
}
