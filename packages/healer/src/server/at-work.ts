import type { ServerResponse } from 'node:http';
import { whenOver } from './when-over.ts';

/** Requests that were read whole and are being answered. */
export class AtWork {
  readonly #responses = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    this.#responses.add(response);
    whenOver(response, () => this.#responses.delete(response));
  }

  /** Resolves when all that are here now were answered, or their senders are gone; at the latest after `mostMs`. */
  ended(mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const left = new Set(this.#responses);
      const late = setTimeout(resolve, mostMs);
      const settle = () => {
        if (left.size > 0) return;
        clearTimeout(late);
        resolve();
      };
      for (const response of left) {
        whenOver(response, () => {
          left.delete(response);
          settle();
        });
      }
      settle();
    });
  }
}
