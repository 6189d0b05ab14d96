import { checkMethods, checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import type { Guard } from '../guard.ts';
import { type Internals, internalsOf } from '../internals.ts';
import { type Call, callOf, tryRun } from '../runtime/call.ts';

export interface SubscriptionContext {
  /** Aborted by `stop`: end what was opened, and let `listen` settle. */
  readonly signal: AbortSignal;
  /** To be called when the subscription stands. From then on no deadline holds. */
  ready(): void;
}

export interface SubscribeOptions {
  /** From opening to `ready`, and for `listen` to end after `stop`, ms: 1 to 3,600,000. Default: the guard's `deadlineMs`. */
  readonly readyMs?: number;
  /** It stands again: what was said meanwhile is missed. A promise that it answers is waited for by nobody. */
  readonly onReconnect?: (gap: SubscriptionGap) => void;
}

export interface SubscriptionGap {
  /** Since the subscription was lost, in ms. */
  readonly missedMs: number;
}

export interface Subscription {
  /** It stands now. */
  readonly standing: boolean;
  /** Ends it. Never rejects; takes at most `readyMs`. */
  stop(): Promise<void>;
}

export type Listen<Handle> = (handle: Handle, context: SubscriptionContext) => PromiseLike<void>;

/**
 * Keeps a subscription standing: LISTEN, SUBSCRIBE, a changefeed, a loop of blocking commands. `listen` opens it,
 * calls `ready`, and settles when it is over. Where it is lost it is opened anew, at the pace of the guard's
 * option `reconnect` and soon after the resource is back. Stop it before the guard is detached.
 */
export function subscribe<Handle>(
  guard: Guard<Handle>,
  listen: Listen<Handle>,
  options: SubscribeOptions = {},
): Subscription {
  const inside = internalsOf(guard);
  if (typeof listen !== 'function') throw new OptionError('listen', listen, 'a function');
  checkObject('subscribe', options, ['readyMs', 'onReconnect']);
  const { readyMs = inside.core.settings.deadlineMs, onReconnect = () => {} } = options;
  checkNumber('readyMs', readyMs, 1, 3_600_000);
  if (typeof onReconnect !== 'function') throw new OptionError('onReconnect', onReconnect, 'a function');
  return new StandingSubscription(inside, listen, readyMs, onReconnect);
}

/** One guarded call that no deadline holds for, such as BLPOP: it may wait for ever, and that is no fault. */
export function blocking<Handle, Result>(
  guard: Guard<Handle>,
  fn: (handle: Handle) => PromiseLike<Result>,
): Promise<Result> {
  checkMethods('guard', guard, ['run']);
  return guard.run((handle, context) => {
    callOf(context).exempt();
    return fn(handle);
  });
}

class StandingSubscription<Handle> implements Subscription {
  readonly #inside: Internals<Handle>;
  readonly #listen: Listen<Handle>;
  readonly #readyMs: number;
  readonly #onReconnect: (gap: SubscriptionGap) => void;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #call: Call | null = null;
  #lostAt: number | null = null;
  #tries = 0;
  standing = false;

  constructor(
    inside: Internals<Handle>,
    listen: Listen<Handle>,
    readyMs: number,
    onReconnect: (gap: SubscriptionGap) => void,
  ) {
    this.#inside = inside;
    this.#listen = listen;
    this.#readyMs = readyMs;
    this.#onReconnect = onReconnect;
    this.#ended = this.#keep();
  }

  stop(): Promise<void> {
    this.#stop.abort();
    this.#call?.allow(this.#readyMs);
    return this.#ended;
  }

  async #keep(): Promise<void> {
    const { core } = this.#inside;
    const { signal } = this.#stop;
    while (!signal.aborted && !core.detached) {
      await tryRun(core, (handle, context) => this.#open(handle, callOf(context)), this.#readyMs, null);
      this.#call = null;
      if (this.standing) this.#lostAt = core.clock.now();
      this.standing = false;
      if (!signal.aborted && !core.detached) await this.#pause();
    }
  }

  #open(handle: Handle, call: Call): PromiseLike<void> {
    this.#call = call;
    const ready = (): void => {
      if (this.standing || this.#call !== call) return;
      this.standing = true;
      this.#tries = 0;
      call.confirm();
      if (!this.#stop.signal.aborted) call.exempt();
      const { core } = this.#inside;
      const lostAt = this.#lostAt;
      this.#lostAt = null;
      if (lostAt !== null) this.#tellReconnect(core.clock.now() - lostAt);
    };
    return this.#listen(handle, { signal: this.#stop.signal, ready });
  }

  #tellReconnect(missedMs: number): void {
    try {
      this.#onReconnect({ missedMs });
    } catch (error) {
      process.emitWarning(`onReconnect of a subscription threw: ${String(error)}`, 'PrunellaWarning');
    }
  }

  /** Full jitter; cut short, with jitter, when the resource is well again. */
  #pause(): Promise<void> {
    const { core } = this.#inside;
    const { reconnect, random } = core.settings;
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      let cancel = (): void => {};
      const goOnAfter = (delayMs: number): void => {
        cancel();
        cancel = core.deadlines.after(delayMs, goOn);
      };
      const goOn = (): void => {
        cancel();
        unlisten();
        signal.removeEventListener('abort', goOn);
        resolve();
      };
      const unlisten = core.emitter.on('condition', ({ condition }) => {
        if (condition === 'ok') goOnAfter(random() * reconnect.baseMs);
      });
      signal.addEventListener('abort', goOn);
      goOnAfter(random() * Math.min(reconnect.capMs, reconnect.baseMs * 2 ** this.#tries));
      this.#tries = Math.min(this.#tries + 1, 30);
    });
  }
}
