import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccessRecords, AuditRecord, StoredSession } from './access-records.ts';
import { hashOfSecret, type KnownToken, type TokenRegistry } from './token-registry.ts';

export interface SessionSettings {
  /** A session that nobody uses ends after this, ms. Default: 12 h. */
  readonly idleMs: number;
  /** None lasts longer, ms. Default: 7 days. */
  readonly longestMs: number;
}

export const defaultSessionSettings: SessionSettings = {
  idleMs: 12 * 60 * 60 * 1_000,
  longestMs: 7 * 24 * 60 * 60 * 1_000,
};

export interface Session {
  readonly token: KnownToken;
  /** For the header `x-prunella-csrf`. */
  readonly csrfToken: string;
  /** When it ends at the latest, ms since the Unix epoch. */
  readonly expiresAt: number;
}

/** Beyond them the one that was used longest ago ends. */
const mostSessions = 1_000;
const mostOfOneToken = 50;

/** A use is written down when the last one is that old, so that a page that asks often costs no writes. */
const noteUseEveryMs = 10 * 60 * 1_000;

/**
 * Browsers that somebody has logged in with a token. They are in the store, so that a restart logs nobody out. What
 * a session may do is what its token may do now: where that is revoked or over, so is the session. The store holds
 * neither the cookie nor the CSRF token, which follows from the cookie.
 */
export class Sessions {
  readonly #records: AccessRecords;
  readonly #tokens: TokenRegistry;
  readonly #settings: SessionSettings;
  readonly #now: () => number;
  readonly #onEnd: () => void;
  /** By hash in hex, in the order of their last use. */
  readonly #byHash = new Map<string, StoredSession>();

  constructor(
    records: AccessRecords,
    tokens: TokenRegistry,
    settings: SessionSettings,
    now: () => number,
    onEnd: () => void,
  ) {
    this.#records = records;
    this.#tokens = tokens;
    this.#settings = settings;
    this.#now = now;
    this.#onEnd = onEnd;
    const sessions = [...records.sessions()].sort((left, right) => left.lastSeenAt - right.lastSeenAt);
    for (const session of sessions) this.#byHash.set(hexOf(session.hash), session);
  }

  /** Always a new one; `former` is the cookie that the browser had, which is good for nothing from then on. */
  open(
    token: KnownToken,
    former: string | undefined,
    audit: readonly AuditRecord[],
  ): { readonly cookie: string; readonly session: Session } {
    const cookie = randomBytes(32).toString('base64url');
    const now = this.#now();
    const stored: StoredSession = {
      hash: hashOfSecret(cookie),
      credential: token.id,
      binding: bindingOf(cookie, token),
      createdAt: now,
      expiresAt: Math.min(now + this.#settings.longestMs, token.expiresAt ?? Number.MAX_SAFE_INTEGER),
      lastSeenAt: now,
    };
    const drop = [...this.#over(token.id), ...(former === undefined ? [] : [hexOf(hashOfSecret(former))])];
    this.#records.write({
      sessions: [stored],
      dropSessions: drop.map((hash) => Buffer.from(hash, 'hex')),
      audit,
    });
    for (const hash of drop) this.#byHash.delete(hash);
    this.#byHash.set(hexOf(stored.hash), stored);
    if (drop.length > 0) this.#onEnd();
    return { cookie, session: this.#sessionOf(cookie, stored, token) };
  }

  /** Null: no such session, or not any more. */
  find(cookie: string): Session | null {
    const hash = hexOf(hashOfSecret(cookie));
    const stored = this.#byHash.get(hash);
    if (stored === undefined) return null;
    const now = this.#now();
    const token = this.#tokens.get(stored.credential);
    if (token === null || !this.#isGood(stored, now) || !isBound(stored, cookie, token)) return null;
    this.#byHash.delete(hash);
    const used = { ...stored, lastSeenAt: now };
    const isNoted = now - stored.lastSeenAt < noteUseEveryMs;
    this.#byHash.set(hash, isNoted ? stored : used);
    if (!isNoted) this.#note(used);
    return this.#sessionOf(cookie, stored, token);
  }

  close(cookie: string, audit: readonly AuditRecord[]): void {
    const hash = hashOfSecret(cookie);
    this.#records.write({ dropSessions: [hash], audit });
    this.#byHash.delete(hexOf(hash));
    this.#onEnd();
  }

  get size(): number {
    return this.#byHash.size;
  }

  #note(used: StoredSession): void {
    try {
      this.#records.write({ sessions: [used] });
    } catch {
      // Its last use is not worth a failure; the next commit tells what is wrong with the store.
    }
  }

  #isGood({ expiresAt, lastSeenAt }: StoredSession, now: number): boolean {
    return now < expiresAt && now < lastSeenAt + this.#settings.idleMs;
  }

  /** What goes when one of this token comes: those that are over, and the oldest of too many. */
  #over(credential: string): readonly string[] {
    const now = this.#now();
    const good = [...this.#byHash].filter(
      ([, session]) => this.#isGood(session, now) && this.#tokens.get(session.credential) !== null,
    );
    const kept = new Set(good.slice(-(mostSessions - 1)).map(([hash]) => hash));
    const ofToken = good.filter(([, session]) => session.credential === credential).map(([hash]) => hash);
    for (const hash of ofToken.slice(0, Math.max(0, ofToken.length - mostOfOneToken + 1))) kept.delete(hash);
    return [...this.#byHash.keys()].filter((hash) => !kept.has(hash));
  }

  #sessionOf(cookie: string, { expiresAt }: StoredSession, token: KnownToken): Session {
    return { token, csrfToken: csrfTokenOf(cookie), expiresAt };
  }
}

/** Follows from the cookie, which scripts cannot read, and does not lead back to it. */
export function csrfTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('prunella csrf').digest('base64url');
}

/**
 * A configured token may be replaced by another under the same name. The store must not hold a plain hash of it, since
 * a person may have chosen it; keyed with the cookie, which nobody but the browser has, it tells nothing.
 */
function bindingOf(cookie: string, { id, hash }: KnownToken): Buffer | null {
  if (!id.startsWith('configured:')) return null;
  return createHmac('sha256', cookie).update(hash).digest();
}

function isBound({ binding }: StoredSession, cookie: string, token: KnownToken): boolean {
  const expected = bindingOf(cookie, token);
  if (expected === null || binding === null) return expected === null && binding === null;
  return timingSafeEqual(expected, binding);
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
