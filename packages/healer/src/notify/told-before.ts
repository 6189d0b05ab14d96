import type { DeliveryStore } from './delivery/delivery-store.ts';
import type { Notice } from './notice.ts';

/** Deliveries looked at: a crash leaves the newest in doubt, not those of yesterday. */
const looked = 1_000;

/** What was told before a start, so that what a crash left in the engine's outbox is not told once more. */
export class ToldBefore {
  readonly #store: DeliveryStore;
  #keys: ReadonlySet<string> | null = null;

  constructor(store: DeliveryStore) {
    this.#store = store;
  }

  has(notice: Notice): boolean {
    this.#keys ??= new Set(this.#store.list({ limit: looked }).map((delivery) => keyOf(delivery.notice)));
    return this.#keys.has(keyOf(notice));
  }
}

function keyOf({ kind, incident, text }: Notice): string {
  return JSON.stringify([kind, incident, text]);
}
