import type { DatabaseSync } from 'node:sqlite';
import type {
  AccessChange,
  AccessRecords,
  AuditEntry,
  AuditQuery,
  AuditRecord,
  StoredSession,
  StoredToken,
} from '../access/access-records.ts';
import { type AuditInspection, auditText, firstLink, inspectChain, linkOf } from '../access/audit-chain.ts';
import type { Role } from '../server/access.ts';
import { inTransaction } from './schema.ts';

type Row = ReturnType<ReturnType<DatabaseSync['prepare']>['all']>[number];

const rowLimit = 1_000;

/** In `meta`: up to where retention removed entries of the audit, and the link of the last one. */
export const auditRemovedTo = 'audit-removed-to';
export const auditRemovedLink = 'audit-removed-link';

/** Tokens, sessions and the audit, in the same database as all else: one file to back up, one thing to sync. */
export class SqliteAccess implements AccessRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  tokens(): readonly StoredToken[] {
    return this.#database.prepare('SELECT * FROM tokens ORDER BY created_at, id').all().map(tokenOf);
  }

  sessions(): readonly StoredSession[] {
    return this.#database.prepare('SELECT * FROM sessions ORDER BY created_at').all().map(sessionOf);
  }

  write(change: AccessChange): void {
    inTransaction(this.#database, () => {
      this.#writeTokens(change);
      this.#writeSessions(change);
      for (const record of change.audit ?? []) appendAudit(this.#database, record);
    });
  }

  audit(query: AuditQuery): readonly AuditEntry[] {
    const { conditions, values } = conditionsOf(query);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#database
      .prepare(`SELECT sequence, at, entry, hash FROM audit ${where} ORDER BY sequence DESC LIMIT ?`)
      .all(...values, Math.min(query.limit, rowLimit))
      .map((row) => ({
        sequence: Number(row['sequence']),
        at: Number(row['at']),
        ...(JSON.parse(String(row['entry'])) as Omit<AuditRecord, 'at'>),
        hash: String(row['hash']),
      }));
  }

  #writeTokens({ tokens = [], dropTokens = [] }: AccessChange): void {
    const put = this.#database.prepare(
      'INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    for (const token of tokens) {
      put.run(
        token.id,
        token.name,
        token.role,
        token.hash,
        listText(token.services),
        listText(token.resources),
        token.createdAt,
        token.createdBy,
        token.expiresAt,
        token.revokedAt,
        token.lastUsedAt,
        listText(token.signals),
      );
    }
    const drop = this.#database.prepare('DELETE FROM tokens WHERE id = ?');
    for (const id of dropTokens) drop.run(id);
  }

  #writeSessions({ sessions = [], dropSessions = [] }: AccessChange): void {
    const put = this.#database.prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)');
    for (const { hash, credential, binding, createdAt, expiresAt, lastSeenAt } of sessions) {
      put.run(hash, credential, binding, createdAt, expiresAt, lastSeenAt);
    }
    const drop = this.#database.prepare('DELETE FROM sessions WHERE hash = ?');
    for (const hash of dropSessions) drop.run(hash);
  }
}

/** To be called within a transaction. */
export function appendAudit(database: DatabaseSync, record: AuditRecord): void {
  const last = database.prepare('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1').get();
  const before =
    last === undefined
      ? chainStart(database)
      : { sequence: Number(last['sequence']), hash: String(last['hash']) };
  const sequence = before.sequence + 1;
  const text = auditText(record);
  database
    .prepare('INSERT INTO audit (sequence, at, entry, hash) VALUES (?, ?, ?, ?)')
    .run(sequence, record.at, text, linkOf(before.hash, sequence, record.at, text));
}

/** Whether the audit is what was written. A store of a schema without one has none. */
export function inspectAudit(database: DatabaseSync): AuditInspection | null {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'audit'").get() === undefined) return null;
  // One moment: a healer may be writing.
  database.exec('BEGIN');
  try {
    return inspectWithin(database);
  } finally {
    database.exec('COMMIT');
  }
}

function inspectWithin(database: DatabaseSync): AuditInspection {
  const counted = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").get();
  return inspectChain(linksIn(database), chainStart(database), Number(counted?.['seq'] ?? 0));
}

function* linksIn(database: DatabaseSync) {
  for (const row of database
    .prepare('SELECT sequence, at, entry, hash FROM audit ORDER BY sequence')
    .iterate()) {
    yield {
      sequence: Number(row['sequence']),
      at: Number(row['at']),
      text: String(row['entry']),
      hash: String(row['hash']),
    };
  }
}

function chainStart(database: DatabaseSync): { readonly sequence: number; readonly hash: string } {
  const value = (key: string) => database.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
  const sequence = Number(value(auditRemovedTo) ?? 0);
  return { sequence, hash: String(value(auditRemovedLink) ?? firstLink) };
}

function conditionsOf({ actor, action, result, since, until, before }: AuditQuery) {
  const wanted: [string, string | number | undefined][] = [
    ['(actor = ? OR person = ?)', actor],
    ['action = ?', action],
    ['result = ?', result],
    ['at >= ?', since],
    ['at < ?', until],
    ['sequence < ?', before],
  ];
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  for (const [condition, value] of wanted) {
    if (value === undefined) continue;
    conditions.push(condition);
    for (const _place of condition.matchAll(/\?/g)) values.push(value);
  }
  return { conditions, values };
}

function tokenOf(row: Row): StoredToken {
  return {
    id: String(row['id']),
    name: String(row['name']),
    role: String(row['role']) as Role,
    hash: row['hash'] as Uint8Array,
    services: listOf(row['services']),
    resources: listOf(row['resources']),
    signals: listOf(row['signals']),
    createdAt: Number(row['created_at']),
    createdBy: String(row['created_by']),
    expiresAt: numberOrNull(row['expires_at']),
    revokedAt: numberOrNull(row['revoked_at']),
    lastUsedAt: numberOrNull(row['last_used_at']),
  };
}

function sessionOf(row: Row): StoredSession {
  return {
    hash: row['hash'] as Uint8Array,
    credential: String(row['credential']),
    binding: row['binding'] as Uint8Array | null,
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
    lastSeenAt: Number(row['last_seen_at']),
  };
}

function listText(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}

function listOf(value: unknown): readonly string[] | null {
  return typeof value === 'string' ? (JSON.parse(value) as string[]) : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
