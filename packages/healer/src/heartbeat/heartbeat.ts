import { type Environment, readSecret } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import { cycleMsOf, type HeartbeatSettings } from './configuration.ts';

export interface HeartbeatOptions {
  /** Looked at for each beat, so that a reload may change it. */
  readonly settings: () => HeartbeatSettings;
  readonly send: () => Outgoing;
  readonly environment: Environment;
  readonly version: string;
  readonly now: () => number;
  readonly onResult: (result: 'sent' | 'failed') => void;
  /** Told once, until one arrives again. */
  readonly onFailure: (error: unknown) => void;
}

/** What `/v1/healer` says of it. Never the address: many of them are secrets. */
export interface HeartbeatStanding {
  readonly configured: boolean;
  /** Ms since the Unix epoch; null where none was taken since the start. */
  readonly lastSentAt: number | null;
  /** Why the newest one failed; null where it did not. */
  readonly failure: string | null;
}

/**
 * Tells an address outside that the healer works, so that somebody else notices when it does not. Nothing waits for
 * it, and its failure changes nothing but what is shown.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #stopping = new AbortController();
  #lastBegunAt: number | null = null;
  #lastSentAt: number | null = null;
  #failure: string | null = null;
  #failuresInARow = 0;
  #isSending = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  get lastSentAt(): number | null {
    return this.#lastSentAt;
  }

  /** Since one was last taken. */
  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  standing(): HeartbeatStanding {
    return {
      configured: this.#options.settings().url !== undefined,
      lastSentAt: this.#lastSentAt,
      failure: this.#failure,
    };
  }

  /** After a healthy cycle: one beat, where an address is configured, it is time, and the one before is over. */
  beat(): void {
    if (this.#isSending || this.#stopping.signal.aborted) return;
    const { settings, now } = this.#options;
    const present = settings();
    if (present.url === undefined) {
      this.#failure = null;
      this.#failuresInARow = 0;
      return;
    }
    const sinceMs = now() - (this.#lastBegunAt ?? Number.NEGATIVE_INFINITY);
    // Cycles come a little early or late; less than nothing: the clock was set back.
    if (sinceMs >= 0 && sinceMs < present.everyMs - cycleMsOf(present) / 2) return;
    this.#lastBegunAt = now();
    this.#isSending = true;
    void this.#send().finally(() => {
      this.#isSending = false;
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #send(): Promise<void> {
    const { send, now, onResult, onFailure } = this.#options;
    try {
      const { status } = await send()(await this.#request());
      // A redirection is not followed, so whoever waits has heard nothing.
      if (status < 200 || status > 299) throw new Error(`the address of the heartbeat answered ${status}`);
      this.#lastSentAt = now();
      this.#failure = null;
      this.#failuresInARow = 0;
      onResult('sent');
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const isNew = this.#failure === null;
      this.#failuresInARow += 1;
      this.#failure = error instanceof Error ? error.message : String(error);
      onResult('failed');
      if (isNew) onFailure(error);
    }
  }

  async #request() {
    const { settings, environment, version, now } = this.#options;
    const { url = '', method, timeoutMs } = settings();
    const address = typeof url === 'string' ? url : await readSecret(url, environment);
    const common = { url: address, method, timeoutMs, signal: this.#stopping.signal };
    if (method === 'GET') return { ...common, headers: { 'user-agent': `prunella/${version}` } };
    return {
      ...common,
      headers: { 'user-agent': `prunella/${version}`, 'content-type': 'application/json' },
      body: JSON.stringify({ healer: 'prunella', version, at: now() }),
    };
  }
}
