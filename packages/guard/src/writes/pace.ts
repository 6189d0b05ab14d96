/** Slower than this many times the quickest of late is taken for a resource under pressure. */
const slowTimes = 2;
/** Differences below this are noise. */
const noiseMs = 5;
/** How quickly the memory of the quickest fades: what has become slower for good is not slow for ever. */
const fading = 1.05;

/**
 * How many keys may be replayed side by side: one more with each replay that was as quick as others of its kind,
 * half as many after a slow one, so that a resource that has just come back is not thrown down again.
 */
export class Pace {
  readonly #most: number;
  readonly #quickestMs = new Map<string, number>();
  #allowed: number;

  constructor(most: number) {
    this.#most = most;
    this.#allowed = most;
  }

  get lanes(): number {
    return Math.floor(this.#allowed);
  }

  made(name: string, tookMs: number): void {
    const quickestMs = this.#quickestMs.get(name) ?? tookMs;
    const slow = tookMs > slowTimes * quickestMs + noiseMs;
    this.#allowed = slow ? Math.max(1, this.#allowed / 2) : Math.min(this.#most, this.#allowed + 1);
    this.#quickestMs.set(name, Math.min(tookMs, quickestMs * fading));
  }
}
