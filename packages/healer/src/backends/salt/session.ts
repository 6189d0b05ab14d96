import { type HttpAnswer, send } from './http.ts';
import { SaltError } from './salt-error.ts';
import { isRecord } from './value.ts';

export interface Login {
  readonly username: string;
  readonly eauth: string;
  /** Read at each login, so that a rotated secret is seen. */
  readonly password: () => Promise<string>;
}

interface Token {
  readonly text: string;
  /** By this process's own clock, in ms of `performance.now()`. */
  readonly renewAt: number;
}

const firstBackOffMs = 1_000;
const longestBackOffMs = 60_000;
/** The share of a token's life after which a new one is got. */
const renewAfterShare = 0.75;
const assumedLifeMs = 60 * 60_000;

/**
 * One token for all requests, renewed early. One login in flight: logins made at the same moment can fail in
 * Salt. After a refused login the next waits, longer each time, so that no account is locked by us.
 */
export class SaltSession {
  readonly #url: URL;
  readonly #login: Login;
  readonly #timeoutMs: number;
  #token: Token | null = null;
  #inFlight: Promise<Token> | null = null;
  #refusal: { readonly error: SaltError; readonly until: number; readonly waitMs: number } | null = null;

  constructor(url: URL, login: Login, timeoutMs: number) {
    this.#url = url;
    this.#login = login;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with `SaltError` (never `maybeTaken`), or with what reading the secret threw. */
  async token(): Promise<string> {
    if (this.#token && performance.now() < this.#token.renewAt) return this.#token.text;
    this.#inFlight ??= this.#logIn().finally(() => {
      this.#inFlight = null;
    });
    return (await this.#inFlight).text;
  }

  /** The token was refused: the next request logs in again. One that was replaced meanwhile is kept. */
  drop(token: string): void {
    if (this.#token?.text === token) this.#token = null;
  }

  async #logIn(): Promise<Token> {
    if (this.#refusal && performance.now() < this.#refusal.until) {
      const seconds = Math.ceil((this.#refusal.until - performance.now()) / 1_000);
      const { code, message } = this.#refusal.error;
      throw new SaltError(code, `${message} (not tried again for ${seconds} s)`, false);
    }
    const answer = await this.#ask(await this.#login.password());
    const token = this.#read(answer);
    this.#refusal = null;
    this.#token = token;
    return token;
  }

  async #ask(password: string): Promise<HttpAnswer> {
    const { username, eauth } = this.#login;
    const body = {
      username,
      password,
      eauth,
      // Older releases take the shared secret in a field of this name.
      ...(eauth === 'sharedsecret' ? { sharedsecret: password } : {}),
    };
    try {
      return await send({
        method: 'POST',
        url: new URL('login', this.#url),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify(body),
        timeoutMs: this.#timeoutMs,
      });
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
      throw new SaltError(error.code, `could not log in: ${error.message}`, false, { cause: error });
    }
  }

  #read(answer: HttpAnswer): Token {
    if (answer.status === 401 || answer.status === 403) throw this.#refused();
    const entry = answer.status === 200 ? firstReturn(answer.text) : undefined;
    if (!isRecord(entry) || typeof entry['token'] !== 'string') {
      throw new SaltError(
        answer.status >= 500 ? 'salt-server-error' : 'salt-not-salt-api',
        `could not log in: ${this.#url.origin} answered ${answer.status} without a token: check that "url" of the backend "salt" is salt-api's and that no proxy answers in its place`,
        false,
      );
    }
    const { expire, start } = entry;
    const lifeMs =
      typeof expire === 'number' && typeof start === 'number' && expire > start
        ? (expire - start) * 1_000
        : assumedLifeMs;
    return { text: entry['token'], renewAt: performance.now() + lifeMs * renewAfterShare };
  }

  #refused(): SaltError {
    const { username, eauth } = this.#login;
    const error = new SaltError(
      'salt-login-refused',
      `salt-api at ${this.#url.origin} refuses the login of ${username} (eauth ${eauth}): check the password, and external_auth in the Salt master's configuration`,
      false,
    );
    const waitMs = Math.min(longestBackOffMs, (this.#refusal?.waitMs ?? firstBackOffMs / 2) * 2);
    this.#refusal = { error, waitMs, until: performance.now() + waitMs };
    return error;
  }
}

function firstReturn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && Array.isArray(body['return']) ? body['return'][0] : undefined;
  } catch {
    return undefined;
  }
}
