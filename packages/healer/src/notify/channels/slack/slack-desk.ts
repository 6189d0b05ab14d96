import type { Channel } from '../../channel.ts';
import { shownNotice } from '../../compose.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { Press } from './press.ts';
import { SlackChannel } from './slack-channel.ts';

/** The channel in which a button was pressed that one of the same app heard of; else the one that heard. */
export function channelOfPress(
  heardBy: SlackChannel,
  press: Press,
  channels: readonly Channel[],
): SlackChannel {
  const own = channels.find((each) => each instanceof SlackChannel && each.isHeardBy(heardBy, press.channel));
  return own instanceof SlackChannel ? own : heardBy;
}

/** Shows the message that bears the pressed button as it is now. Throws where Slack does not take it. */
export async function refreshMessage(
  channel: SlackChannel,
  press: Press,
  surroundings: Surroundings,
  frame: { readonly now: number; readonly page: string | null },
): Promise<void> {
  const { resource, incident } = press;
  const problem = await channel.show(press, {
    ...frame,
    notices: [await shownNotice(resource, incident, surroundings)],
    digest: false,
    dropped: 0,
    present: await surroundings.present(resource, incident),
  });
  if (problem !== null) throw new Error(problem.why);
}
