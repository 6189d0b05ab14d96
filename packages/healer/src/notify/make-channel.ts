import type { Environment } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Channel } from './channel.ts';
import { emailChannel } from './channels/email/email-channel.ts';
import type { SlackSignatures } from './channels/slack/signature.ts';
import { SlackChannel } from './channels/slack/slack-channel.ts';
import { webhookChannel } from './channels/webhook/webhook-channel.ts';
import type { ChannelConfiguration } from './configuration.ts';

export interface ChannelMeans {
  readonly environment: Environment;
  readonly outgoing: Outgoing;
  readonly signatures: SlackSignatures;
}

/** Connects to nothing yet, and reads no secret: a channel that is set up wrongly must not keep a healer from healing. */
export function makeChannel(configuration: ChannelConfiguration, means: ChannelMeans): Channel {
  switch (configuration.type) {
    case 'email':
      return emailChannel(configuration, means);
    case 'slack':
      return new SlackChannel(configuration, means);
    case 'webhook':
      return webhookChannel(configuration, means);
  }
}
