import type { GuardEventName, GuardEvents } from '../events.ts';
import { textOf } from './text-of.ts';

type Listeners = { [Name in GuardEventName]?: Set<(event: GuardEvents[Name]) => void> };

/** Events with types. A listener that throws harms neither the call nor the other listeners. */
export class Emitter {
  readonly #listeners: Listeners = {};

  on<Name extends GuardEventName>(name: Name, listener: (event: GuardEvents[Name]) => void): () => void {
    const listeners: Set<(event: GuardEvents[Name]) => void> = this.#listeners[name] ?? new Set();
    Object.assign(this.#listeners, { [name]: listeners });
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends GuardEventName>(name: Name, event: GuardEvents[Name]): void {
    const listeners = this.#listeners[name];
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(
          `a listener of the guard's event ${name} threw: ${textOf(error)}`,
          'PrunellaWarning',
        );
      }
    }
  }
}
