import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * `viewer`: all there is to see. `operator`: that, and what people order. `admin`: that, and reload, tokens, audit.
 * `reporter`, for applications, is apart: reports, directives, signals.
 */
export type Role = 'reporter' | 'viewer' | 'operator' | 'admin';

/** Whom a route lets in: this role and those that include it; of several, each. */
export type RouteRole = Role | readonly Role[];

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
  /** Came by the local socket: the user whom the store belongs to may do all, an application's reports included. */
  readonly local?: true;
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
    const local: Caller = { name: 'local', role: 'admin', local: true };
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

/** Each role with those that it includes. */
const includes: Readonly<Record<Role, readonly Role[]>> = {
  reporter: ['reporter'],
  viewer: ['viewer'],
  operator: ['viewer', 'operator'],
  admin: ['viewer', 'operator', 'admin'],
};

export function mayActAs(caller: Caller, wanted: RouteRole): boolean {
  if (caller.local === true) return true;
  return rolesOf(wanted).some((role) => includes[caller.role].includes(role));
}

/** For a sentence: `reporter or operator`. */
export function roleText(wanted: RouteRole): string {
  return rolesOf(wanted).join(' or ');
}

function rolesOf(wanted: RouteRole): readonly Role[] {
  return typeof wanted === 'string' ? [wanted] : wanted;
}

function bearerToken(authorization: string | undefined): string | null {
  const match = /^Bearer +(\S+)$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
