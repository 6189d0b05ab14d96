import type { Role } from '../server/access.ts';

/** A token that was made for somebody. The secret itself is kept nowhere. */
export interface StoredToken {
  /** Public, for people and the audit: `t-7f3k...`. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the secret. */
  readonly hash: Uint8Array;
  /** Of a reporter: the services and resources that it speaks for, with `*`; null: all. */
  readonly services: readonly string[] | null;
  readonly resources: readonly string[] | null;
  /** Of a reporter: types of the healer's own signals that it may send all the same; null: none. */
  readonly signals: readonly string[] | null;
  /** Times in ms since the Unix epoch. */
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** Somebody who showed a token in a browser. The cookie's secret is kept nowhere. */
export interface StoredSession {
  /** SHA-256 of the cookie's secret. */
  readonly hash: Uint8Array;
  /** The token that opened it: an id, or `configured:ROLE`. It lives and dies with that. */
  readonly credential: string;
  /** Ties it to the secret of a configured token; null for others. */
  readonly binding: Uint8Array | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastSeenAt: number;
}

/** What somebody did, before it has its place in the log. */
export interface AuditRecord {
  readonly at: number;
  readonly actor: {
    /** Of a token, a session's token, or a person whom a proxy named. */
    readonly name: string;
    readonly role: Role | null;
    readonly by: 'token' | 'session' | 'proxy' | 'local' | 'slack' | 'healer' | 'nobody';
    /** The id of the token, where it has one. */
    readonly token?: string;
    /** The person, as the request says where a token stands for several. */
    readonly person?: string;
  };
  /** Address of the client; null on the local socket and for what the healer does itself. */
  readonly from: string | null;
  /** The proxy that named the address. */
  readonly via?: string;
  /** A stable word: the id of the route, such as `approveAttempt`. */
  readonly action: string;
  /** What it was about, by name: attempt, incident, resource, token. */
  readonly target: Readonly<Record<string, string>>;
  /** What was asked, without secrets. */
  readonly request: unknown;
  readonly result: 'done' | 'refused' | 'failed';
  /** Of the answer. */
  readonly status: number | null;
  /** A sentence: what the healer said to it. */
  readonly detail: string;
}

export interface AuditEntry extends AuditRecord {
  /** Grows by one with each entry. */
  readonly sequence: number;
  /** SHA-256, in hex, over the hash of the entry before and this one. */
  readonly hash: string;
}

export interface AuditQuery {
  /** The name of the actor, or of the person. */
  readonly actor?: string;
  readonly action?: string;
  readonly result?: AuditRecord['result'];
  /** Ms since the Unix epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Entries with a smaller sequence only. */
  readonly before?: number;
  /** At most 1,000. */
  readonly limit: number;
}

/** One transaction: all of it is on disk when `write` returns, or none and it throws a `StoreError`. */
export interface AccessChange {
  /** The newest replaces. */
  readonly tokens?: readonly StoredToken[];
  readonly dropTokens?: readonly string[];
  readonly sessions?: readonly StoredSession[];
  /** By their hashes. */
  readonly dropSessions?: readonly Uint8Array[];
  readonly audit?: readonly AuditRecord[];
}

/** Where tokens, sessions and the audit are kept. */
export interface AccessRecords {
  tokens(): readonly StoredToken[];
  sessions(): readonly StoredSession[];
  write(change: AccessChange): void;
  /** The newest first. */
  audit(query: AuditQuery): readonly AuditEntry[];
}
