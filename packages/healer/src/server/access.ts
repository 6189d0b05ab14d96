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
  /** How it is known who it is. */
  readonly by: 'token' | 'session' | 'proxy' | 'local' | 'slack';
  /** The id of the token. */
  readonly token?: string;
  /** Of a reporter: what it speaks for; null or left out: for all. */
  readonly services?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  /** Types of the healer's own signals that it may send all the same; null or left out: none. */
  readonly signals?: readonly string[] | null;
}

/** All that reach the local socket: its file's permissions decided already. */
export const localCaller: Caller = { name: 'local', role: 'admin', by: 'local' };

/** Who may come in. `local`: all, by the permissions of a socket's file. */
export type Access =
  | { readonly type: 'tokens'; readonly tokens: readonly AccessToken[] }
  | { readonly type: 'local' };

/** Each role with those that it includes. */
const includes: Readonly<Record<Role, readonly Role[]>> = {
  reporter: ['reporter'],
  viewer: ['viewer'],
  operator: ['viewer', 'operator'],
  admin: ['viewer', 'operator', 'admin'],
};

export function mayActAs(caller: Caller, wanted: RouteRole): boolean {
  // The user whom the store belongs to may do all, an application's reports included.
  if (caller.by === 'local') return true;
  return rolesOf(wanted).some((role) => includes[caller.role].includes(role));
}

/** For a sentence: `reporter or operator`. */
export function roleText(wanted: RouteRole): string {
  return rolesOf(wanted).join(' or ');
}

function rolesOf(wanted: RouteRole): readonly Role[] {
  return typeof wanted === 'string' ? [wanted] : wanted;
}
