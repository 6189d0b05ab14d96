import type { Clock } from '../../engine/clock.ts';
import type { Channel, Sent, Unsent } from '../channel.ts';
import { unsent } from '../channel.ts';
import type { Message, Notice, Present } from '../notice.ts';
import type { DeliveryChange, DeliveryState } from './delivery-store.ts';
import { type ChannelStatus, Health } from './health.ts';
import { pauseMs } from './pause.ts';
import { type Picked, pick } from './pick.ts';
import { surplusOf, type Waiting } from './waiting.ts';

export interface LineSettings {
  readonly digest: { readonly after: number; readonly withinMs: number };
  readonly retry: { readonly forMs: number; readonly attempts: number; readonly longestMs: number };
  readonly queue: number;
}

export interface LineOptions {
  readonly name: string;
  readonly channel: Channel;
  readonly settings: LineSettings;
  readonly clock: Clock;
  readonly random: () => number;
  /** Nothing is sent before that, since nothing is known of the incidents yet; `wake` tells when it is so. */
  readonly mayBegin: () => boolean;
  /** What is known now of the one incident of a message. Never rejects. */
  readonly present: (notice: Notice) => Promise<Present | null>;
  readonly page: () => string | null;
  /** Never throws. */
  readonly thread: (incident: string) => { readonly state: unknown } | undefined;
  /** Onto the disk; never throws. */
  readonly write: (change: DeliveryChange) => void;
  /** Told once, when nothing gets through any more. */
  readonly onDead: (why: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** A send that is under way at the end may still end. */
const lastSendMs = 2_000;
/** For a channel that minds the signal to say what it saw. */
const sendGraceMs = 1_000;

/** Notices that one message names at most. */
const mostInDigest = 500;
/** A message that names many and fails again after so many tries is tried in smaller ones. */
const triesOfWholeDigest = 3;
/** It answers, so that it may take the next one. */
const longestPauseOfRefusalsMs = 60_000;

type Rows = Extract<Picked, { what: 'send' }>['rows'];

/** One channel: what waits for it, one message at a time, again and again until it is through or too old. */
export class ChannelLine {
  readonly #options: LineOptions;
  #channel: Channel;
  #settings: LineSettings;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #sentAt: number[] = [];
  /** Halved where a digest is not taken, since it may be its size, or one notice of it; doubled where one is. */
  #mostInDigest = mostInDigest;
  #notBefore = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;
  readonly #stopping = new AbortController();
  readonly #health: Health;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#settings = options.settings;
    this.#health = new Health(options.clock);
  }

  get channel(): Channel {
    return this.#channel;
  }

  /** They are on disk already. */
  add(added: readonly Waiting[]): void {
    this.#waiting.push(...added);
    const surplus = surplusOf(this.#waiting, this.#settings.queue);
    if (surplus.length > 0) {
      this.#dropped += surplus.length;
      this.#end(surplus, 'dropped', `more than ${this.#settings.queue} notices waited`);
    }
    this.wake();
  }

  /** Whether the channel was told of the incident, or is about to be. */
  hasTold(incident: string): boolean {
    return (
      this.#waiting.some(({ notice }) => notice.incident === incident) ||
      this.#options.thread(incident) !== undefined
    );
  }

  /** From the next message on. */
  replace(channel: Channel, settings: LineSettings): void {
    const former = this.#channel;
    this.#channel = channel;
    this.#settings = settings;
    if (former !== channel) {
      // What was wrong may be mended.
      this.#notBefore = Number.NEGATIVE_INFINITY;
      this.#health.renewed();
      void former.close().catch(this.#options.onFault);
    }
    this.wake();
  }

  status(): ChannelStatus {
    const needed = this.#waiting.filter(({ notice }) => notice.kind === 'needs-person').length;
    return {
      channel: this.#options.name,
      type: this.#channel.type,
      ...this.#health.view(),
      waiting: this.#waiting.length,
      waitingForPerson: needed,
      nextTryAt: this.#waiting.length === 0 || !Number.isFinite(this.#notBefore) ? null : this.#notBefore,
    };
  }

  /** At once and beside all that waits; nothing is kept of it. */
  async test(notice: Notice): Promise<Sent> {
    const sent = await this.#send(
      { ...this.#frame(), notices: [notice], digest: false, dropped: 0, present: null },
      undefined,
    );
    if (sent.sent) {
      // Mended: what waits need not wait for its next try.
      this.#health.proved();
      this.#notBefore = Number.NEGATIVE_INFINITY;
      this.wake();
    }
    return sent;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    if (this.#sending !== null) {
      const cancel = this.#options.clock.after(lastSendMs, () => this.#stopping.abort());
      await this.#sending;
      cancel();
    }
    await this.#channel.close().catch(this.#options.onFault);
  }

  /** It is not configured any more. Gives what nobody will send by it. */
  abandon(why: string): readonly Waiting[] {
    const left = this.#waiting;
    this.#end(left, 'given-up', why);
    void this.stop().catch(this.#options.onFault);
    return left;
  }

  wake(): void {
    if (this.#stopped || this.#sending !== null || !this.#options.mayBegin()) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#giveUpOld();
    const picked = this.#pick();
    if (picked === null) return;
    if (picked.what === 'wait') {
      const { clock } = this.#options;
      this.#cancelTimer = clock.after(picked.until - clock.now(), () => this.wake());
      return;
    }
    this.#sending = this.#deliver(picked.rows, picked.digest)
      .catch(this.#options.onFault)
      .finally(() => {
        this.#sending = null;
        this.wake();
      });
  }

  #pick(): Picked | null {
    const now = this.#options.clock.now();
    if (this.#waiting.length === 0) return null;
    // Before the failure itself: the clock was set back.
    if (now < this.#notBefore && now >= this.#failedAt) return { what: 'wait', until: this.#notBefore };
    const { digest } = this.#settings;
    const settings = { gathers: this.#channel.gathers, ...digest, mostInDigest: this.#mostInDigest };
    return pick(this.#waiting, settings, this.#sentAt, now);
  }

  async #deliver(rows: Rows, digest: boolean): Promise<void> {
    const [first, ...others] = rows;
    const { incident } = first.notice;
    const isOfOne = !digest && incident !== null;
    const dropped = this.#dropped;
    const message: Message = {
      ...this.#frame(),
      notices: [first.notice, ...others.map(({ notice }) => notice)],
      digest,
      dropped: digest ? dropped : 0,
      present: isOfOne ? await this.#options.present(first.notice) : null,
    };
    const thread = isOfOne ? this.#options.thread(incident)?.state : undefined;
    const sent = await this.#send(message, thread);
    if (this.#stopping.signal.aborted) return;
    if (sent.sent) {
      this.#onSent(rows, digest, thread, sent.thread);
      if (sent.note !== undefined) this.#health.noted(sent.note);
    } else this.#onUnsent(rows, digest, sent);
    if (sent.sent && digest) this.#dropped -= dropped;
  }

  #frame() {
    return { now: this.#options.clock.now(), page: this.#options.page() };
  }

  /** Also a channel that never answers comes to an end here. */
  async #send(message: Message, thread: unknown): Promise<Sent> {
    const limit = new AbortController();
    const { timeoutMs } = this.#channel;
    const stop = () => limit.abort();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    const cancel = this.#options.clock.after(timeoutMs, stop);
    const late = new Promise<Unsent>((resolve) => {
      const end = () => resolve(unsent('later', `no answer within ${timeoutMs} ms`));
      limit.signal.addEventListener('abort', () => this.#options.clock.after(sendGraceMs, end), {
        once: true,
      });
    });
    try {
      return await Promise.race([this.#channel.send(message, thread, limit.signal), late]);
    } catch (error) {
      return unsent('later', error instanceof Error ? error.message : String(error));
    } finally {
      cancel();
      this.#stopping.signal.removeEventListener('abort', stop);
    }
  }

  #onSent(rows: Rows, digest: boolean, before: unknown, after: unknown): void {
    const { clock, name } = this.#options;
    const at = clock.now();
    this.#health.delivered(rows.length);
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#sentAt = [...this.#sentAt, at].slice(-1_000);
    if (digest) this.#mostInDigest = Math.min(mostInDigest, this.#mostInDigest * 2);
    const incidents = new Set(rows.flatMap(({ notice }) => notice.incident ?? []));
    // A digest leaves no message to go on with, but whoever read it must hear of the recovery.
    const threads = [...incidents].flatMap((incident) => {
      if (digest && this.#options.thread(incident) !== undefined) return [];
      return [{ channel: name, incident, state: after ?? before ?? null, at }];
    });
    this.#end(rows, 'delivered', null, threads);
  }

  #onUnsent(rows: Rows, digest: boolean, { retry, why, afterMs = 0 }: Unsent): void {
    const { clock, random, onDead } = this.#options;
    const now = clock.now();
    const isOfMany = digest && rows.length > 1;
    const [{ attempts }] = rows;
    if (isOfMany && (retry === 'never' || attempts + 1 >= triesOfWholeDigest)) {
      this.#mostInDigest = Math.max(1, Math.floor(rows.length / 2));
    }
    if (retry === 'never') {
      if (isOfMany) {
        this.#health.refusedOfMany(why);
        this.#keepFailed(rows, why);
      } else this.#giveUpRefused(rows, why);
      return;
    }
    const isNewlyDead = this.#health.failed(why, retry === 'channel');
    const { longestMs } = this.#settings.retry;
    const pause = pauseMs(this.#health.failures, longestMs, random, retry === 'channel');
    this.#failedAt = now;
    this.#notBefore = now + Math.max(pause, Math.min(afterMs, 3_600_000));
    this.#keepFailed(rows, why);
    if (isNewlyDead) onDead(why);
  }

  #giveUpRefused(rows: Rows, why: string): void {
    const { clock, random, onDead } = this.#options;
    const isNewlyDead = this.#health.refused(why, rows.length);
    const { refusals } = this.#health;
    if (refusals > 0) {
      const longestMs = Math.min(this.#settings.retry.longestMs, longestPauseOfRefusalsMs);
      this.#failedAt = clock.now();
      this.#notBefore = this.#failedAt + pauseMs(refusals, longestMs, random, false);
    }
    this.#end(rows, 'given-up', why);
    if (isNewlyDead) onDead(why);
  }

  #keepFailed(rows: Rows, why: string): void {
    const tried = new Set(rows.map(({ row }) => row));
    this.#waiting = this.#waiting.map((each) =>
      tried.has(each.row) ? { ...each, attempts: each.attempts + 1 } : each,
    );
    this.#options.write({
      failed: rows.map(({ row, attempts }) => ({ row, attempts: attempts + 1, error: why })),
    });
  }

  #giveUpOld(): void {
    const { forMs, attempts } = this.#settings.retry;
    const now = this.#options.clock.now();
    const old = this.#waiting.filter(({ queuedAt }) => now - queuedAt > forMs);
    if (old.length > 0) this.#end(old, 'given-up', `not delivered in ${Math.round(forMs / 1_000)} s`);
    const tired = this.#waiting.filter((each) => each.attempts >= attempts);
    if (tired.length > 0) this.#end(tired, 'given-up', `not delivered in ${attempts} tries`);
  }

  #end(
    rows: readonly Waiting[],
    state: Exclude<DeliveryState, 'waiting'>,
    error: string | null,
    threads: DeliveryChange['threads'] = [],
  ): void {
    const ended = new Set(rows.map(({ row }) => row));
    this.#waiting = this.#waiting.filter(({ row }) => !ended.has(row));
    if (state !== 'delivered') this.#health.lost(rows.length);
    const at = this.#options.clock.now();
    this.#options.write({ ended: [...ended].map((row) => ({ row, state, at, error })), threads });
  }
}
