import { createHash, timingSafeEqual } from 'node:crypto';

/** `reporter`: reports, directives, signals. `operator`: everything. */
export type Role = 'reporter' | 'operator';

export interface AccessToken {
  /** Who holds it, for the log: `operator`, `actioner`. */
  readonly name: string;
  readonly role: Role;
  /** The secret itself. */
  readonly token: string;
}

/** Who sent a request. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** Who may come in. `local`: all that reach the socket, since its file's permissions decided already. */
export type Access =
  | { readonly type: 'tokens'; readonly tokens: readonly AccessToken[] }
  | { readonly type: 'local' };

/**
 * Makes the check of an `Authorization` header. Only hashes are kept, and every one is compared, so that the
 * time taken tells nothing of a token. Null: not authenticated.
 */
export function callerFinder(access: Access): (authorization: string | undefined) => Caller | null {
  if (access.type === 'local') {
    const local: Caller = { name: 'local', role: 'operator' };
    return () => local;
  }
  const known = access.tokens.map(({ name, role, token }) => ({ name, role, hash: hashOf(token) }));
  return (authorization) => {
    const given = hashOf(bearerToken(authorization) ?? '');
    let found: Caller | null = null;
    for (const { name, role, hash } of known) {
      if (timingSafeEqual(hash, given)) found = { name, role };
    }
    return found;
  };
}

export function mayActAs(caller: Caller, role: Role): boolean {
  return caller.role === 'operator' || caller.role === role;
}

function bearerToken(authorization: string | undefined): string | null {
  const match = /^Bearer +(\S+)$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
