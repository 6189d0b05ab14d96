export interface FailureLimitSettings {
  /** Failures of one address that are taken at once. Default 20. */
  readonly burst: number;
  /** And then so many a minute. Default 10. */
  readonly perMinute: number;
  /** Addresses that are remembered; beyond them the one that failed longest ago is forgotten. Default 10,000. */
  readonly addresses: number;
}

const defaultSettings: FailureLimitSettings = { burst: 20, perMinute: 10, addresses: 10_000 };

/** Whoever was right from an address goes on there, whatever else comes from it. */
const goodForMs = 60 * 60 * 1_000;

/** Who was right is moved to the end of those that are remembered at most this often: it is noted at each request. */
const moveEveryMs = 60_000;

interface Good {
  at: number;
  movedAt: number;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/**
 * Slows guessing down, by address. Where an address has failed too often, nothing that comes from it is looked at,
 * right or wrong, but for those that were right from there within the last hour: a guesser on the host of an
 * application locks nobody out, and learns nothing by going on.
 */
export class FailureLimit {
  readonly #settings: FailureLimitSettings;
  readonly #now: () => number;
  /** In the order of their last failure. */
  readonly #buckets = new Map<string, Bucket>();
  /** Address and holder together; to a minute in the order of their last use. */
  readonly #good = new Map<string, Good>();

  constructor(now: () => number, settings: Partial<FailureLimitSettings> = {}) {
    this.#now = now;
    this.#settings = { ...defaultSettings, ...settings };
  }

  /** In how many seconds it may try again; null where it may now. */
  blockedForS(address: string): number | null {
    const left = this.#leftOf(address);
    if (left >= 1) return null;
    return Math.max(1, Math.ceil(((1 - left) / this.#settings.perMinute) * 60));
  }

  /** True where nothing more is taken from this address from now on. */
  fail(address: string): boolean {
    const left = this.#leftOf(address) - 1;
    this.#buckets.delete(address);
    this.#buckets.set(address, { left, at: this.#now() });
    forgetOldest(this.#buckets, this.#settings.addresses);
    return left < 1;
  }

  noteGood(address: string, holder: string): void {
    const key = `${address} ${holder}`;
    const at = this.#now();
    const known = this.#good.get(key);
    // The clock may have been set back.
    if (known !== undefined && Math.abs(at - known.movedAt) < moveEveryMs) {
      known.at = at;
      return;
    }
    this.#good.delete(key);
    this.#good.set(key, { at, movedAt: at });
    forgetOldest(this.#good, this.#settings.addresses);
  }

  wasGood(address: string, holder: string): boolean {
    const known = this.#good.get(`${address} ${holder}`);
    return known !== undefined && this.#now() - known.at < goodForMs;
  }

  #leftOf(address: string): number {
    const bucket = this.#buckets.get(address);
    if (bucket === undefined) return this.#settings.burst;
    const passedMs = Math.max(0, this.#now() - bucket.at);
    return Math.min(this.#settings.burst, bucket.left + (passedMs / 60_000) * this.#settings.perMinute);
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** Of IPv6 the network: one host has as many addresses as it likes. */
export function limitedAs(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
