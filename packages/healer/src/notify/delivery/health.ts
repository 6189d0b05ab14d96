import type { Clock } from '../../engine/clock.ts';

/** How a channel does. Times in ms since the Unix epoch; counts since the start. */
export interface ChannelStatus {
  readonly channel: string;
  readonly type: string;
  /**
   * `failing`: the last try failed, or two messages in a row were refused. `dead`: nothing has got through for a while,
   * or one message after the other is refused, or a person must mend it.
   */
  readonly state: 'ok' | 'failing' | 'dead';
  readonly failingSince: number | null;
  readonly lastError: string | null;
  readonly lastErrorAt: number | null;
  readonly lastDeliveredAt: number | null;
  readonly nextTryAt: number | null;
  readonly waiting: number;
  readonly waitingForPerson: number;
  readonly delivered: number;
  /** Tries that failed. */
  readonly failures: number;
  /** Notices that were given up or dropped. */
  readonly lost: number;
}

type HealthView = Pick<
  ChannelStatus,
  | 'state'
  | 'failingSince'
  | 'lastError'
  | 'lastErrorAt'
  | 'lastDeliveredAt'
  | 'delivered'
  | 'failures'
  | 'lost'
>;

/** Fewer failures are a hiccup of the network. */
const deadAfterFailures = 3;
const deadAfterMs = 60_000;

/** Refusals in a row that may be of the messages; by more of them the other side takes none. */
export const refusalsOfMessages = 2;

/** What is known of one channel, and since when. */
export class Health {
  readonly #clock: Clock;
  #view: HealthView = {
    state: 'ok',
    failingSince: null,
    lastError: null,
    lastErrorAt: null,
    lastDeliveredAt: null,
    delivered: 0,
    failures: 0,
    lost: 0,
  };
  #inARow = 0;
  /** Of messages that named one thing, with nothing taken in between. */
  #refusals = 0;
  #refusedSince = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#inARow;
  }

  /** Refusals in a row that cannot be of the messages any more. */
  get refusals(): number {
    return Math.max(0, this.#refusals - refusalsOfMessages);
  }

  view(): HealthView {
    return this.#view;
  }

  delivered(count: number): void {
    this.proved();
    const { delivered } = this.#view;
    this.#view = { ...this.#view, lastDeliveredAt: this.#clock.now(), delivered: delivered + count };
  }

  /** It took a message, of whatever kind. */
  proved(): void {
    this.#inARow = 0;
    this.#refusals = 0;
    this.#view = { ...this.#view, state: 'ok', failingSince: null };
  }

  /** It was configured anew. What was refused is tried no more, so that nothing else would tell. */
  renewed(): void {
    if (this.#refusals > 0 && this.#inARow === 0) this.proved();
    this.#refusals = 0;
  }

  /** It works, but not wholly. */
  noted(what: string): void {
    this.#view = { ...this.#view, lastError: what, lastErrorAt: this.#clock.now() };
  }

  /** One that names many and is refused is tried in smaller ones, and says nothing of the channel yet. */
  refusedOfMany(why: string): void {
    this.#missed(why, 1);
  }

  /** A message is not taken and given up. True where the channel is found dead by this. */
  refused(why: string, count: number): boolean {
    this.#missed(why, count);
    this.#refusals += 1;
    if (this.#refusals === 1) this.#refusedSince = this.#clock.now();
    const { state, failingSince } = this.#view;
    if (this.#refusals < refusalsOfMessages || state === 'dead') return false;
    const isDead = this.#refusals > refusalsOfMessages;
    this.#view = {
      ...this.#view,
      state: isDead ? 'dead' : 'failing',
      failingSince: failingSince ?? this.#refusedSince,
    };
    return isDead;
  }

  lost(count: number): void {
    this.#view = { ...this.#view, lost: this.#view.lost + count };
  }

  /** True where it is found dead by this. */
  failed(why: string, needsMending: boolean): boolean {
    this.#inARow += 1;
    const now = this.#clock.now();
    const failingSince = this.#view.failingSince ?? now;
    const isLong = this.#inARow >= deadAfterFailures && now - failingSince >= deadAfterMs;
    const wasDead = this.#view.state === 'dead';
    const isDead = wasDead || needsMending || isLong;
    this.#missed(why, 1);
    this.#view = { ...this.#view, state: isDead ? 'dead' : 'failing', failingSince };
    return isDead && !wasDead;
  }

  #missed(why: string, count: number): void {
    const failures = this.#view.failures + count;
    this.#view = { ...this.#view, lastError: why, lastErrorAt: this.#clock.now(), failures };
  }
}
