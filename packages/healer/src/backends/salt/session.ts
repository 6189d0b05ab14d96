import { createHash } from 'node:crypto';
import type { HttpAnswer, Transport } from './http.ts';
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
  /** What external_auth allows the account, as Salt tells it; undefined where it does not. */
  readonly permissions: unknown;
  /** By the session's clock. */
  readonly renewAt: number;
}

/** After a login that failed where no account can be locked by it, and after one whose answer never came. */
const shortBackOff = { firstMs: 1_000, longestMs: 60_000 };
/**
 * After a refused password of an account: the usual lock is three failures within 15 minutes (`pam_faillock`), so at
 * most two fall into such a span. A password that was changed meanwhile is tried at once.
 */
const accountBackOff = { firstMs: 30_000, longestMs: 16 * 60_000 };
const withoutAccounts = ['sharedsecret', 'auto'];
/** A login is given up by those who wait for it, and goes on so much longer by itself. */
const patienceTimes = 3;
/** The share of a token's life after which a new one is got. */
const renewAfterShare = 0.75;
const assumedLifeMs = 60 * 60_000;

interface Failure {
  readonly error: SaltError;
  readonly until: number;
  readonly waitMs: number;
  /** Of the password that was refused; another one is tried at once. Null where the answer never came. */
  readonly refused: string | null;
}

/**
 * One token for all requests, renewed early. One login in flight, also where it is slower than its callers:
 * logins made at the same moment can fail in Salt, and each may count against the account. After one that failed
 * the next waits, longer each time, so that no account is locked by us.
 */
export class SaltSession {
  readonly #url: URL;
  readonly #login: Login;
  readonly #timeoutMs: number;
  #token: Token | null = null;
  #inFlight: Promise<Token> | null = null;
  readonly #transport: Transport;
  readonly #now: () => number;
  #failure: Failure | null = null;

  /** `now`: ms of a clock that only goes forwards. */
  constructor(
    url: URL,
    login: Login,
    timeoutMs: number,
    transport: Transport,
    now: () => number = () => performance.now(),
  ) {
    this.#url = url;
    this.#login = login;
    this.#timeoutMs = timeoutMs;
    this.#transport = transport;
    this.#now = now;
  }

  /** Rejects with `SaltError`, never `maybeTaken`. */
  async token(): Promise<string> {
    return (await this.#valid()).text;
  }

  get account(): string {
    return this.#login.username;
  }

  /** Rejects as `token` does. */
  async permissions(): Promise<unknown> {
    return (await this.#valid()).permissions;
  }

  async #valid(): Promise<Token> {
    if (this.#token && this.#now() < this.#token.renewAt) return this.#token;
    this.#inFlight ??= this.#logIn().finally(() => {
      this.#inFlight = null;
    });
    return this.#inTime(this.#inFlight);
  }

  #inTime(login: Promise<Token>): Promise<Token> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const text = `could not log in: salt-api at ${this.#url.origin} gave no answer within ${this.#timeoutMs} ms: it does so while its Salt master is down or hangs, or where its PAM is slow (see "loginTimeout"); check these`;
        reject(new SaltError('salt-timeout', text, false));
      }, this.#timeoutMs);
      timer.unref();
      login.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** The token was refused: the next request logs in again. One that was replaced meanwhile is kept. */
  drop(token: string): void {
    if (this.#token?.text === token) this.#token = null;
  }

  async #logIn(): Promise<Token> {
    const password = await this.#password();
    const failure = this.#failure;
    const isOther = failure?.refused != null && failure.refused !== digest(password);
    if (failure && !isOther && this.#now() < failure.until) {
      const seconds = Math.ceil((failure.until - this.#now()) / 1_000);
      const { code, message } = failure.error;
      throw new SaltError(code, `${message} (not tried again for ${seconds} s)`, false);
    }
    const answer = await this.#ask(password);
    if (answer.status === 401 || answer.status === 403) throw this.#refused(password, isOther);
    const token = this.#read(answer);
    this.#failure = null;
    this.#token = token;
    return token;
  }

  /**
   * A secret that went away while an order is under way is no reason to forget that order: every caller tells what
   * was sent from what was not by a `SaltError`.
   */
  async #password(): Promise<string> {
    try {
      return await this.#login.password();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SaltError('salt-secret', `could not log in: ${why}`, false, { cause: error });
    }
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
      return await this.#transport.send({
        method: 'POST',
        url: new URL('login', this.#url),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify(body),
        timeoutMs: this.#timeoutMs * patienceTimes,
      });
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
      const failed = new SaltError(error.code, `could not log in: ${error.message}`, false, { cause: error });
      // It may have been taken and refused without our hearing of it.
      if (error.maybeTaken) this.#fail(failed, shortBackOff, null);
      throw failed;
    }
  }

  #read(answer: HttpAnswer): Token {
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
    return {
      text: entry['token'],
      permissions: entry['perms'],
      renewAt: this.#now() + lifeMs * renewAfterShare,
    };
  }

  #refused(password: string, isOther: boolean): SaltError {
    const { username, eauth } = this.#login;
    const error = new SaltError(
      'salt-login-refused',
      `salt-api at ${this.#url.origin} refuses the login of ${username} (eauth ${eauth}): check the password, and external_auth in the Salt master's configuration`,
      false,
    );
    if (isOther) this.#failure = null;
    this.#fail(error, withoutAccounts.includes(eauth) ? shortBackOff : accountBackOff, digest(password));
    return error;
  }

  #fail(error: SaltError, backOff: typeof shortBackOff, refused: string | null): void {
    const before = this.#failure;
    const isFirst = before === null || (refused !== null && before.refused === null);
    const next = backOff === accountBackOff ? backOff.longestMs : (before?.waitMs ?? 0) * 2;
    const waitMs = isFirst ? backOff.firstMs : Math.min(backOff.longestMs, next);
    this.#failure = { error, waitMs, until: this.#now() + waitMs, refused };
  }
}

/** To tell a changed password from the one that was refused, without keeping either. */
function digest(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

function firstReturn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && Array.isArray(body['return']) ? body['return'][0] : undefined;
  } catch {
    return undefined;
  }
}
