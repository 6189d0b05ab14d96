import type { AccessRecords, AuditEntry, StoredSession, StoredToken } from './access-records.ts';
import { auditText, firstLink, linkOf } from './audit-chain.ts';

/** For a server without a store: what is kept ends with the process. */
export function memoryRecords(): AccessRecords {
  const tokens = new Map<string, StoredToken>();
  const sessions = new Map<string, StoredSession>();
  const audit: AuditEntry[] = [];
  const keyOf = (hash: Uint8Array) => Buffer.from(hash).toString('hex');
  return {
    tokens: () => [...tokens.values()],
    sessions: () => [...sessions.values()],
    write(change) {
      for (const token of change.tokens ?? []) tokens.set(token.id, token);
      for (const id of change.dropTokens ?? []) tokens.delete(id);
      for (const session of change.sessions ?? []) sessions.set(keyOf(session.hash), session);
      for (const hash of change.dropSessions ?? []) sessions.delete(keyOf(hash));
      for (const record of change.audit ?? []) {
        const sequence = (audit[0]?.sequence ?? 0) + 1;
        const hash = linkOf(audit[0]?.hash ?? firstLink, sequence, record.at, auditText(record));
        audit.unshift({ ...record, sequence, hash });
      }
    },
    audit: ({ actor, action, result, since, until, before, limit }) =>
      audit
        .filter(
          (entry) =>
            (actor === undefined || entry.actor.name === actor || entry.actor.person === actor) &&
            (action === undefined || entry.action === action) &&
            (result === undefined || entry.result === result) &&
            (since === undefined || entry.at >= since) &&
            (until === undefined || entry.at < until) &&
            (before === undefined || entry.sequence < before),
        )
        .slice(0, limit),
  };
}
