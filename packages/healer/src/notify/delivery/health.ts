import type { Clock } from '../../engine/clock.ts';

/** How a channel does. Times in ms since the Unix epoch; counts since the start. */
export interface ChannelStatus {
  readonly channel: string;
  readonly type: string;
  /** `failing`: the last try failed. `dead`: nothing has got through for a while, or a person must mend it. */
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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#inARow;
  }

  get isWell(): boolean {
    return this.#inARow === 0;
  }

  view(): HealthView {
    return this.#view;
  }

  delivered(count: number): void {
    this.#inARow = 0;
    const { delivered } = this.#view;
    this.#view = {
      ...this.#view,
      state: 'ok',
      failingSince: null,
      lastDeliveredAt: this.#clock.now(),
      delivered: delivered + count,
    };
  }

  /** It works, but not wholly. */
  noted(what: string): void {
    this.#view = { ...this.#view, lastError: what, lastErrorAt: this.#clock.now() };
  }

  /** The channel works; it would not have these. */
  refused(why: string, count: number): void {
    this.#inARow = 0;
    const { failures } = this.#view;
    const lastErrorAt = this.#clock.now();
    this.#view = {
      ...this.#view,
      state: 'ok',
      failingSince: null,
      lastError: why,
      lastErrorAt,
      failures: failures + count,
    };
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
    this.#view = {
      ...this.#view,
      state: isDead ? 'dead' : 'failing',
      failingSince,
      lastError: why,
      lastErrorAt: now,
      failures: this.#view.failures + 1,
    };
    return isDead && !wasDead;
  }
}
