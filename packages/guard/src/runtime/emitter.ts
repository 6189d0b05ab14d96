import { channel } from 'node:diagnostics_channel';
import { type GuardEventName, type GuardEvents, guardEventNames } from '../events.ts';
import { OptionError } from '../fault.ts';
import { textOf } from './text-of.ts';

type Listeners = { [Name in GuardEventName]?: Set<(event: GuardEvents[Name]) => void> };

const channels: { [name: string]: ReturnType<typeof channel> } = {};

/** Events with types, also published for the whole process (`@prunella/guard/diagnostics`). A listener that throws harms neither the call nor the other listeners. */
export class Emitter {
  readonly #listeners: Listeners = {};
  readonly #resource: string;

  constructor(resource: string) {
    this.#resource = resource;
  }

  on<Name extends GuardEventName>(name: Name, listener: (event: GuardEvents[Name]) => void): () => void {
    if (!guardEventNames.includes(name)) throw new OptionError('event', name, guardEventNames.join(', '));
    if (typeof listener !== 'function') throw new OptionError('listener', listener, 'a function');
    const listeners: Set<(event: GuardEvents[Name]) => void> = this.#listeners[name] ?? new Set();
    Object.assign(this.#listeners, { [name]: listeners });
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends GuardEventName>(name: Name, event: GuardEvents[Name]): void {
    channels[name] ??= channel(`prunella:guard:${name}`);
    if (channels[name].hasSubscribers) channels[name].publish({ resource: this.#resource, ...event });
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
