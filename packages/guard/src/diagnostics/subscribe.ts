import * as channels from 'node:diagnostics_channel';
import type { GuardEventName, GuardEvents } from '../events.ts';

/** What is published on `prunella:guard:NAME`: the event, and the resource of its guard. */
export type GuardMessage<Name extends GuardEventName> = GuardEvents[Name] & { readonly resource: string };

/**
 * Listens to an event of every guard of the process, also of those that are made later and of other copies of
 * this package; returns the function that stops it. It is called in the middle of the guard's work: what it
 * throws becomes an uncaught exception, as `node:diagnostics_channel` has it.
 */
export function subscribe<Name extends GuardEventName>(
  name: Name,
  listener: (message: GuardMessage<Name>) => void,
): () => void {
  const channel = `prunella:guard:${name}`;
  const onMessage = (message: unknown) => listener(message as GuardMessage<Name>);
  channels.subscribe(channel, onMessage);
  return () => channels.unsubscribe(channel, onMessage);
}
