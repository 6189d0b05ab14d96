/**
 * How far the healer's clock is ahead of the browser's, in ms. Each answer bounds it: its `Date` has whole
 * seconds and was written between sending and receiving. The bounds of many answers are cut with each other.
 */
export class ServerClock {
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;

  note(date: string | null, sentAt: number, receivedAt: number): void {
    const second = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(second)) return;
    const least = second - receivedAt;
    const most = second + 1_000 - sentAt;
    const isApart = least > this.#most || most < this.#least;
    // One of the clocks was set: what was known of it is worth nothing.
    this.#least = isApart ? least : Math.max(least, this.#least);
    this.#most = isApart ? most : Math.min(most, this.#most);
  }

  /** 0 as long as nothing is known. */
  get aheadMs(): number {
    return Number.isFinite(this.#least) ? (this.#least + this.#most) / 2 : 0;
  }

  now(browserNow: number = Date.now()): number {
    return browserNow + this.aheadMs;
  }
}

export const serverClock = new ServerClock();
