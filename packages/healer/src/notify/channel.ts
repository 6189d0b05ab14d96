import type { Message } from './notice.ts';

/** A way to people. It is handed one message at a time. */
export interface Channel {
  readonly type: 'webhook' | 'email' | 'slack';
  /** True: what waits of one incident goes as one message. False: each notice for itself, for programs. */
  readonly gathers: boolean;
  /** For one message, in ms; the signal aborts then. */
  readonly timeoutMs: number;
  /**
   * Sends it. `thread` is what this channel kept of the incident when it last told of it. Never rejects for what the
   * other side did; must give up when the signal aborts.
   */
  send(message: Message, thread: unknown, signal: AbortSignal): Promise<Sent>;
  close(): Promise<void>;
}

export type Sent =
  | {
      readonly sent: true;
      /** To be kept for the next message of the incident; undefined: as before. */
      readonly thread?: unknown;
      /** What was not as it should be all the same. */
      readonly note?: string;
    }
  | Unsent;

export interface Unsent {
  readonly sent: false;
  /** For a person: what went wrong, and what to do where that is known. Never a secret. */
  readonly why: string;
  /**
   * `later`: it may work the next time. `channel`: nothing goes this way until a person mends it; tried again all the
   * same, but rarely. `never`: this message is not taken, others may be.
   */
  readonly retry: 'later' | 'channel' | 'never';
  /** Not before this has passed, where the other side said so. */
  readonly afterMs?: number;
}

export function unsent(retry: Unsent['retry'], why: string, afterMs?: number): Unsent {
  return { sent: false, retry, why, ...(afterMs === undefined ? {} : { afterMs }) };
}
