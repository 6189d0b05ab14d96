import type { HttpAnswer, Transport } from './http.ts';
import { SaltError } from './salt-error.ts';
import type { SaltSession } from './session.ts';
import { entryOf, isRecord, type JsonRecord } from './value.ts';

export interface SaltTarget {
  readonly expression: string | readonly string[];
  readonly matcher: string;
}

export interface SaltFunction {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: JsonRecord;
}

export interface StartedJob {
  readonly jid: string;
  /** Whom the master expects an answer of. */
  readonly minions: readonly string[];
}

/** What one minion gave back. */
export interface MinionReturn {
  readonly value: unknown;
  /** Null where Salt did not tell one. */
  readonly retcode: number | null;
}

export interface JobState {
  readonly jid: string;
  readonly function: string;
  readonly minions: readonly string[];
  readonly returns: ReadonlyMap<string, MinionReturn>;
}

/** salt-api's own interface, the few calls that the backend needs. Every call rejects with `SaltError`. */
export class SaltClient {
  readonly url: URL;
  readonly #session: SaltSession;
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(url: URL, session: SaltSession, timeoutMs: number, transport: Transport) {
    this.url = url;
    this.#transport = transport;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
  }

  /** Logs in where there is no token yet. */
  async ready(): Promise<void> {
    await this.#session.token();
  }

  get account(): string {
    return this.#session.account;
  }

  /** What external_auth allows the account, as Salt tells it with the token. */
  permissions(): Promise<unknown> {
    return this.#session.permissions();
  }

  /** How a path of salt-api answers somebody without a login. */
  async statusOf(path: string, signal: AbortSignal): Promise<number> {
    const url = new URL(path.replace(/^\/+/, ''), this.url);
    const headers = { accept: 'application/json' };
    return (await this.#transport.send({ method: 'GET', url, headers, timeoutMs: this.#timeoutMs, signal }))
      .status;
  }

  /** A setting of the master; the empty text where it has none of this name. */
  async setting(name: string, signal: AbortSignal): Promise<unknown> {
    return this.#low({ client: 'runner', fun: 'config.get', arg: [name] }, { signal });
  }

  /** Sends one function to minions and does not wait for it. Null where the target matches nobody. */
  async start(
    target: SaltTarget,
    call: SaltFunction,
    options: {
      readonly metadata?: JsonRecord;
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<StartedJob | null> {
    const answer = await this.#low(
      {
        client: 'local_async',
        tgt: target.expression,
        tgt_type: target.matcher,
        fun: call.name,
        // As keywords wherever they have names: Salt reads texts among positional ones as YAML.
        ...(call.args.length > 0 ? { arg: call.args } : {}),
        ...(Object.keys(call.kwargs).length > 0 ? { kwarg: call.kwargs } : {}),
        ...(options.metadata ? { metadata: options.metadata } : {}),
      },
      options,
    );
    if (!isRecord(answer)) throw this.#notSalt('no job', true);
    const jid = entryOf(answer, 'jid');
    if (jid === undefined && Object.keys(answer).length === 0) return null;
    if (typeof jid !== 'string' || !/^\d{10,30}$/.test(jid)) throw this.#notSalt('no job id', true);
    return { jid, minions: texts(entryOf(answer, 'minions')) };
  }

  /** Begins a runner of the master and does not wait for it; gives the id of its job. */
  async startRunner(
    call: SaltFunction,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const low = { client: 'runner_async', fun: call.name, arg: call.args, kwarg: call.kwargs };
    const answer = await this.#low(low, options);
    const jid = isRecord(answer) ? entryOf(answer, 'jid') : undefined;
    if (typeof jid !== 'string' || !/^\d{10,30}$/.test(jid)) throw this.#notSalt('no job id', true);
    return jid;
  }

  /** Ids of the jobs of one runner, the oldest first. */
  async runnerJobs(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    const kwarg = { search_function: `runner.${name}` };
    const answer = await this.#low(
      { client: 'runner', fun: 'jobs.list_jobs', kwarg },
      { ...(signal && { signal }) },
    );
    return isRecord(answer) ? Object.keys(answer).sort() : [];
  }

  /** What the master knows of a job; null where it knows none of this id. */
  async job(jid: string, signal?: AbortSignal): Promise<JobState | null> {
    const answer = this.#json(
      await this.#request('GET', `jobs/${jid}`, undefined, listJob, { ...(signal && { signal }) }),
      listJob,
    );
    const info = Array.isArray(answer['info']) ? answer['info'][0] : undefined;
    if (!isRecord(info)) throw this.#notSalt('no job', false);
    if (entryOf(info, 'Error') !== undefined) return null;
    const results = entryOf(info, 'Result');
    const returns = new Map<string, MinionReturn>();
    for (const [id, result] of Object.entries(isRecord(results) ? results : {})) {
      if (isRecord(result) && 'return' in result) returns.set(id, minionReturn(result));
    }
    return {
      jid,
      function: String(entryOf(info, 'Function')),
      minions: texts(entryOf(info, 'Minions')),
      returns,
    };
  }

  /** Ids of the jobs with exactly this metadata, the oldest first. */
  async jobsWith(metadata: JsonRecord, signal?: AbortSignal): Promise<readonly string[]> {
    const low = { client: 'runner', fun: 'jobs.list_jobs', kwarg: { search_metadata: metadata } };
    const answer = await this.#low(low, { ...(signal && { signal }) });
    if (!isRecord(answer)) {
      throw new SaltError(
        'salt-server-error',
        `the Salt master behind ${this.url.origin} could not list its jobs: look into its log`,
        false,
      );
    }
    return Object.keys(answer).sort();
  }

  /** Runs a quick function and waits; who does not answer within `waitSeconds` is not in the map. */
  async ask(
    minions: readonly string[],
    call: SaltFunction,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, MinionReturn>> {
    const answer = await this.#low(
      {
        client: 'local',
        tgt: minions,
        tgt_type: 'list',
        fun: call.name,
        ...(call.args.length > 0 ? { arg: call.args } : {}),
        ...(Object.keys(call.kwargs).length > 0 ? { kwarg: call.kwargs } : {}),
        timeout: waitSeconds,
        gather_job_timeout: waitSeconds,
        full_return: true,
      },
      { ...(signal && { signal }) },
    );
    const returns = new Map<string, MinionReturn>();
    for (const [id, result] of Object.entries(isRecord(answer) ? answer : {})) {
      // Of a minion that did not answer Salt makes up a return with a text for a person.
      if (isRecord(result) && 'ret' in result && result['out'] !== 'no_return') {
        returns.set(id, minionReturn({ return: result['ret'], retcode: result['retcode'] }));
      }
    }
    return returns;
  }

  /** Follows the event bus until the signal aborts or the stream ends. Only SaltError rejects. */
  async events(
    onOpen: () => void,
    onChunk: (chunk: string) => void,
    signal: AbortSignal,
    lifeMs: number,
  ): Promise<void> {
    const token = await this.#session.token();
    await this.#transport.open(
      {
        method: 'GET',
        url: new URL('events', this.url),
        headers: { accept: 'text/event-stream', 'x-auth-token': token },
        timeoutMs: lifeMs,
        signal,
      },
      (response, end) => {
        if (response.statusCode === 401) this.#session.drop(token);
        if (response.statusCode !== 200) {
          end(new SaltError('salt-not-salt-api', `the event stream answered ${response.statusCode}`, false));
          return;
        }
        onOpen();
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          try {
            onChunk(chunk);
          } catch {
            end(new SaltError('salt-answer-too-large', 'an event on the stream is too large', false));
          }
        });
      },
    );
  }

  async #low(
    low: JsonRecord,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<unknown> {
    const asked = { client: String(low['client']), function: String(low['fun']) };
    const answer = this.#json(await this.#request('POST', '', JSON.stringify([low]), asked, options), asked);
    if (!Array.isArray(answer['return'])) throw this.#notSalt('no "return"', true);
    return answer['return'][0];
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    asked: Asked,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<HttpAnswer> {
    for (let again = false; ; again = true) {
      const token = await this.#session.token();
      const answer = await this.#transport.send({
        method,
        url: new URL(path, this.url),
        headers: {
          accept: 'application/json',
          'x-auth-token': token,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        timeoutMs: Math.max(1, Math.min(options.timeoutMs ?? this.#timeoutMs, this.#timeoutMs)),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      // A refused token means that nothing was taken, so this one repetition is safe.
      if (answer.status !== 401) return answer;
      this.#session.drop(token);
      if (again) {
        throw new SaltError(
          'salt-forbidden',
          `salt-api at ${this.url.origin} takes the login but refuses ${asked.function}: external_auth in the Salt master's configuration must list it for the account${asked.client.startsWith('runner') ? ", under '@runner'" : ''}`,
          false,
        );
      }
    }
  }

  #json(answer: HttpAnswer, asked: Asked): JsonRecord {
    const { status } = answer;
    if (status >= 500) {
      throw new SaltError(
        'salt-server-error',
        `salt-api at ${this.url.origin} answered ${status}: look into its log; the Salt master may be down`,
        true,
      );
    }
    if (status !== 200) {
      throw new SaltError(
        'salt-request-refused',
        `salt-api at ${this.url.origin} refused the request with ${status}: check that "url" of the backend "salt" is salt-api's and that netapi_enable_clients of the Salt master has ${asked.client}`,
        false,
      );
    }
    try {
      const body: unknown = JSON.parse(answer.text);
      if (isRecord(body)) return body;
    } catch {
      // Said below: what was answered stays out of the message.
    }
    throw this.#notSalt(/^\s*</.test(answer.text) ? 'HTML instead of JSON' : 'no JSON object', true);
  }

  #notSalt(what: string, maybeTaken: boolean): SaltError {
    return new SaltError(
      'salt-not-salt-api',
      `${this.url.origin} answered ${what}: check that "url" of the backend "salt" is salt-api's and that no proxy answers in its place`,
      maybeTaken,
    );
  }
}

/** What a request is for, as the master's configuration names it. */
interface Asked {
  readonly client: string;
  readonly function: string;
}

/** `/jobs` is this runner. */
const listJob: Asked = { client: 'runner', function: 'jobs.list_job' };

function minionReturn(result: JsonRecord): MinionReturn {
  const retcode = result['retcode'];
  return { value: result['return'], retcode: typeof retcode === 'number' ? retcode : null };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
