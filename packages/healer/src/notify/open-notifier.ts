import type { Environment } from '../configuration/secret.ts';
import { type Clock, systemClock } from '../engine/clock.ts';
import { createOutgoing, type Outgoing } from '../outgoing/outgoing.ts';
import { SlackSignatures } from './channels/slack/signature.ts';
import type { NotificationsConfiguration } from './configuration.ts';
import { openDeliveryStore } from './delivery/delivery-store.ts';
import { makeChannel } from './make-channel.ts';
import { Notifier } from './notifier.ts';

export interface OpenNotifierOptions {
  readonly configuration: NotificationsConfiguration;
  /** Addresses that requests may go to all the same (`outgoing.allow`). */
  readonly allow: () => readonly string[];
  /** Of the healer's store, whose lock this process holds. */
  readonly folder: string;
  readonly environment: Environment;
  readonly clock?: Clock | undefined;
  readonly address: () => string | null;
  readonly onFault: (error: unknown, doing: string) => void;
}

/** The notifier with its channels, on its file in the folder of the healer's store. */
export async function openNotifier(options: OpenNotifierOptions): Promise<Notifier> {
  const { configuration, allow, folder, environment, clock = systemClock, address, onFault } = options;
  const { store, problem } = await openDeliveryStore(folder, () => clock.now());
  if (problem !== null) onFault(new Error(problem), 'open what people must be told');
  const outgoing: Outgoing = (request) => createOutgoing({ allow: allow() })(request);
  const means = { environment, outgoing, signatures: new SlackSignatures() };
  return new Notifier({
    configuration,
    store,
    makeChannel: (_name, channel) => makeChannel(channel, means),
    address,
    clock,
    onFault,
  });
}
