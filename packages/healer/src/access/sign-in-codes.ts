import { randomBytes } from 'node:crypto';
import { hashOfSecret, type KnownToken, type TokenRegistry } from './token-registry.ts';

/** Long enough to open a browser, too short to be found in its history. */
const goodForMs = 120_000;
/** Beyond them the oldest are good for nothing. */
const mostCodes = 100;

interface Code {
  readonly token: string;
  readonly expiresAt: number;
}

/**
 * Codes for the addresses that a program opens a browser with. Each signs in once, as the token that asked for it.
 * Kept in memory only, by their hashes: after a restart one asks for another.
 */
export class SignInCodes {
  readonly #tokens: TokenRegistry;
  readonly #now: () => number;
  readonly #byHash = new Map<string, Code>();

  constructor(tokens: TokenRegistry, now: () => number) {
    this.#tokens = tokens;
    this.#now = now;
  }

  make(token: KnownToken): { readonly code: string; readonly expiresAt: number } {
    const code = randomBytes(32).toString('base64url');
    const expiresAt = this.#now() + goodForMs;
    this.#byHash.set(hexOf(code), { token: token.id, expiresAt });
    for (const oldest of this.#byHash.keys()) {
      if (this.#byHash.size <= mostCodes) break;
      this.#byHash.delete(oldest);
    }
    return { code, expiresAt };
  }

  /** Null: no such code, used already, too old, or its token is over. */
  use(code: string): KnownToken | null {
    const hash = hexOf(code);
    const found = this.#byHash.get(hash);
    this.#byHash.delete(hash);
    return found === undefined || this.#now() >= found.expiresAt ? null : this.#tokens.get(found.token);
  }
}

function hexOf(code: string): string {
  return hashOfSecret(code).toString('hex');
}
