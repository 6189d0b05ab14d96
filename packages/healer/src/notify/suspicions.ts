import type { DeliveryStore } from './delivery/delivery-store.ts';
import type { Notice } from './notice.ts';

/** Deliveries looked through after a start. */
const looked = 1_000;
const mostRemembered = 10_000;

/**
 * Suspicions of which people were told. Their end stands in the log under the resource alone, and whoever was told to
 * look must hear that there is nothing to see any more.
 */
export class Suspicions {
  readonly #store: DeliveryStore;
  #told: Map<string, string> | null = null;

  constructor(store: DeliveryStore) {
    this.#store = store;
  }

  /** What a notice says of its resource's suspicion. */
  note({ resource, incident, explanation, kind }: Notice): void {
    if (resource === null || incident === null) return;
    const told = this.#read();
    if (kind === 'needs-person' && explanation?.state === 'suspected') told.set(resource, incident);
    else told.delete(resource);
    for (const oldest of told.keys()) {
      if (told.size <= mostRemembered) break;
      told.delete(oldest);
    }
  }

  /** The incident that was suspected at a resource, as people know it; null where nobody was told of one. */
  of(resource: string): string | null {
    return this.#read().get(resource) ?? null;
  }

  #read(): Map<string, string> {
    if (this.#told !== null) return this.#told;
    this.#told = new Map();
    const deliveries = this.#store.list({ limit: looked }).toReversed();
    for (const { notice } of deliveries) this.note(notice);
    return this.#told;
  }
}
