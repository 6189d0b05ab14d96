import { hash, randomBytes } from 'node:crypto';
import type { AccessToken, Role } from '../server/access.ts';
import type { AccessRecords, AuditRecord, StoredToken } from './access-records.ts';
import { makeTokenText } from './token-text.ts';

/** A token as it holds now. */
export interface KnownToken {
  /** `t-...`, or `configured:ROLE`. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly services: readonly string[] | null;
  readonly resources: readonly string[] | null;
  /** Types of the healer's own signals that it may send; null: none. */
  readonly signals: readonly string[] | null;
  readonly expiresAt: number | null;
  readonly hash: Buffer;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly services?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly signals?: readonly string[] | undefined;
  /** Ms since the Unix epoch. */
  readonly expiresAt?: number | undefined;
}

type TokenErrorCode = 'unknown-token' | 'token-over' | 'too-many-tokens' | 'name-taken';

export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Of those that are good: more than an installation has applications and people. */
const mostTokens = 1_000;

/** What is over is listed for so long; the audit keeps it longer. */
const listOverMs = 90 * 24 * 60 * 60 * 1_000;

/** When a token was last used is written at most this often: a request must not cost a write to disk. */
const noteUseEveryMs = 60_000;

export function hashOfSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * Every token that is good: those of the configuration, and those that were made. SHA-256 without salt is right for
 * secrets of 256 random bits: nobody can try them all, and the same check runs at every request of every application.
 */
export class TokenRegistry {
  readonly #records: AccessRecords;
  readonly #now: () => number;
  readonly #onEnd: () => void;
  #configured: readonly KnownToken[];
  readonly #stored = new Map<string, StoredToken>();
  /** By hash in hex. */
  readonly #byHash = new Map<string, KnownToken>();
  readonly #usedAt = new Map<string, number>();
  #noting: NodeJS.Timeout | null = null;

  /** `onEnd`: called when one has ended before its time. */
  constructor(
    records: AccessRecords,
    configured: readonly AccessToken[],
    now: () => number,
    onEnd: () => void = () => {},
  ) {
    this.#records = records;
    this.#now = now;
    this.#onEnd = onEnd;
    this.#configured = configured.map(knownOfConfigured);
    for (const token of records.tokens()) this.#stored.set(token.id, token);
    this.#index();
  }

  /**
   * Null: no such token, or not any more. The secret itself is compared with nothing: it is looked up by its hash, of
   * which nobody can choose the beginning, so that the time taken tells nothing of a token.
   */
  find(secret: string): KnownToken | null {
    const known = this.#byHash.get(hash('sha256', secret, 'hex'));
    return known !== undefined && this.#isGood(known) ? known : null;
  }

  /** By its id; null where it is over. */
  get(id: string): KnownToken | null {
    const stored = this.#stored.get(id);
    const known =
      stored === undefined
        ? this.#configured.find((one) => one.id === id)
        : this.#byHash.get(hexOf(stored.hash));
    return known !== undefined && this.#isGood(known) ? known : null;
  }

  /** Those that were made, the newest last, with those that are over of late. */
  list(): readonly StoredToken[] {
    return [...this.#stored.values()].map((token) => {
      const usedAt = this.#usedAt.get(token.id);
      return usedAt === undefined ? token : { ...token, lastUsedAt: usedAt };
    });
  }

  /** Those of the configuration from now on. */
  configure(tokens: readonly AccessToken[]): void {
    this.#configured = tokens.map(knownOfConfigured);
    this.#index();
  }

  get configured(): readonly KnownToken[] {
    return this.#configured;
  }

  noteUse({ id }: KnownToken): void {
    if (!this.#stored.has(id)) return;
    this.#usedAt.set(id, this.#now());
    if (this.#noting !== null) return;
    this.#noting = setTimeout(() => this.flush(), noteUseEveryMs);
    this.#noting.unref();
  }

  /** The secret is in the answer and nowhere else. Throws a `TokenError` or a `StoreError`; nothing has changed then. */
  create(
    wanted: NewToken,
    createdBy: string,
    audit: AuditOf,
  ): { readonly token: StoredToken; readonly secret: string } {
    const now = this.#now();
    const good = [...this.#stored.values()].filter((token) => isGood(token, now));
    if (good.length >= mostTokens) {
      throw new TokenError(
        'too-many-tokens',
        `${mostTokens} tokens are good already: revoke those that nobody uses`,
      );
    }
    if ([...good, ...this.#configured].some(({ name }) => name === wanted.name)) {
      throw new TokenError(
        'name-taken',
        `there is a token ${wanted.name} already: take another name, so that the audit tells them apart, or rotate that one`,
      );
    }
    return this.#make(wanted, createdBy, audit, []);
  }

  /** A new secret for the same holder. The one before is good until `overlapMs` from now, or its own end. */
  rotate(
    id: string,
    overlapMs: number,
    by: string,
    audit: AuditOf,
    expiresAt?: number,
  ): { readonly token: StoredToken; readonly secret: string; readonly former: StoredToken } {
    const before = this.#goodStored(id);
    const endsAt = Math.min(this.#now() + overlapMs, before.expiresAt ?? Number.MAX_SAFE_INTEGER);
    const former = { ...before, expiresAt: endsAt };
    const wanted: NewToken = {
      name: before.name,
      role: before.role,
      services: before.services ?? undefined,
      resources: before.resources ?? undefined,
      signals: before.signals ?? undefined,
      expiresAt: expiresAt ?? before.expiresAt ?? undefined,
    };
    const made = this.#make(wanted, by, audit, [former]);
    this.#onEnd();
    return { ...made, former };
  }

  /**
   * At once. By a name all secrets that are good under it, those before a rotation too: whoever revokes a name means
   * its holder. The newest is returned.
   */
  revoke(nameOrId: string, audit: AuditOf): StoredToken {
    const now = this.#now();
    const newest = this.#goodStored(this.idOf(nameOrId));
    const others = this.#stored.has(nameOrId)
      ? []
      : [...this.#stored.values()].filter(
          (token) => token.name === nameOrId && token.id !== newest.id && isGood(token, now),
        );
    const revoked = [...others, newest].map((token) => ({ ...token, revokedAt: now }));
    this.#write(revoked, revoked.flatMap(audit));
    this.#onEnd();
    return { ...newest, revokedAt: now };
  }

  /** By id, or by the name of one that is good; for people. */
  idOf(nameOrId: string): string {
    if (this.#stored.has(nameOrId)) return nameOrId;
    const now = this.#now();
    const named = [...this.#stored.values()].filter((token) => token.name === nameOrId);
    const newest = named.filter((token) => isGood(token, now)).at(-1) ?? named.at(-1);
    if (newest !== undefined) return newest.id;
    throw new TokenError('unknown-token', `there is no token ${nameOrId}: GET /v1/tokens lists them`);
  }

  /** Writes down what waits. */
  flush(): void {
    if (this.#noting !== null) clearTimeout(this.#noting);
    this.#noting = null;
    const used: StoredToken[] = [];
    for (const [id, lastUsedAt] of this.#usedAt) {
      const token = this.#stored.get(id);
      if (token !== undefined) used.push({ ...token, lastUsedAt });
    }
    this.#usedAt.clear();
    if (used.length === 0) return;
    try {
      this.#write(used, []);
    } catch {
      // When a token was last used is not worth a failure; the next commit tells what is wrong with the store.
    }
  }

  #make(wanted: NewToken, createdBy: string, audit: AuditOf, others: readonly StoredToken[]) {
    const secret = makeTokenText();
    const token: StoredToken = {
      id: `t-${randomBytes(6).toString('hex')}`,
      name: wanted.name,
      role: wanted.role,
      hash: hashOfSecret(secret),
      services: wanted.services ?? null,
      resources: wanted.resources ?? null,
      signals: wanted.signals ?? null,
      createdAt: this.#now(),
      createdBy,
      expiresAt: wanted.expiresAt ?? null,
      revokedAt: null,
      lastUsedAt: null,
    };
    this.#write([...others, token], audit(token));
    return { token, secret };
  }

  #goodStored(id: string): StoredToken {
    const token = this.#stored.get(id);
    if (token === undefined) {
      throw new TokenError('unknown-token', `there is no token ${id}: GET /v1/tokens lists them`);
    }
    if (isGood(token, this.#now())) return token;
    throw new TokenError('token-over', `the token ${token.name} (${id}) is over already: make a new one`);
  }

  #write(tokens: readonly StoredToken[], audit: readonly AuditRecord[]): void {
    const old = this.#now() - listOverMs;
    const dropTokens = [...this.#stored.values()]
      .filter(({ expiresAt, revokedAt }) => Math.min(revokedAt ?? Infinity, expiresAt ?? Infinity) < old)
      .map(({ id }) => id);
    this.#records.write({ tokens, audit, dropTokens });
    for (const token of tokens) this.#stored.set(token.id, token);
    for (const id of dropTokens) this.#stored.delete(id);
    this.#index();
  }

  #index(): void {
    this.#byHash.clear();
    for (const token of this.#stored.values()) {
      const { id, name, role, services, resources, signals, expiresAt, revokedAt, hash } = token;
      if (revokedAt !== null) continue;
      const known = { id, name, role, services, resources, signals, expiresAt, hash: Buffer.from(hash) };
      this.#byHash.set(hexOf(hash), known);
    }
    for (const known of this.#configured) this.#byHash.set(hexOf(known.hash), known);
  }

  #isGood({ expiresAt }: KnownToken): boolean {
    return expiresAt === null || this.#now() < expiresAt;
  }
}

/** The entry of the audit that is written with a change of this token, in the same transaction. */
export type AuditOf = (token: StoredToken) => readonly AuditRecord[];

function isGood({ expiresAt, revokedAt }: StoredToken, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

function knownOfConfigured({ name, role, token }: AccessToken): KnownToken {
  const id = `configured:${name}`;
  const bound = { services: null, resources: null, signals: null };
  return { id, name, role, ...bound, expiresAt: null, hash: hashOfSecret(token) };
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
