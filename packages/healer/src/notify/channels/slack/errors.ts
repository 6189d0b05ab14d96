import type { Unsent } from '../../channel.ts';

/** Errors of Slack's Web API (https://docs.slack.dev/reference/methods/chat.postMessage) that time may mend. */
const passing: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

/** How the message is written is wrong; as plain text it may be taken. */
const ofBlocks: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
]);

/** The message is wrong, not the channel. */
const ofMessage: ReadonlySet<string> = new Set([
  ...ofBlocks,
  'invalid_arguments',
  'msg_too_long',
  'no_text',
  'too_many_attachments',
  'invalid_json',
]);

/** What a person does about it. */
const remedies: Readonly<Record<string, string>> = {
  not_in_channel: 'invite the app into the channel (`/invite @APP`)',
  channel_not_found: "write the channel's id, and invite the app where it is private",
  is_archived: 'the channel is archived: name another one',
  missing_scope: 'give the app the scope `chat:write` and install it again',
  invalid_auth: 'the token is none of this workspace: take the bot token anew',
  not_authed: 'the token is missing',
  token_revoked: 'the token was revoked: install the app again and take the new one',
  token_expired: 'the token has expired: take a new one',
  account_inactive: 'the app was removed from the workspace: install it again',
};

/** The message to be edited is not there any more, or may not be edited: a new one has to do. */
const uneditable: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
]);

export function retryOf(error: string): Unsent['retry'] {
  if (passing.has(error)) return 'later';
  return ofMessage.has(error) ? 'never' : 'channel';
}

export function whyText(method: string, error: string): string {
  const remedy = remedies[error];
  return `Slack's ${method} says ${error}${remedy === undefined ? '' : `: ${remedy}`}`;
}

export function isUneditable(error: string | undefined): boolean {
  return error !== undefined && uneditable.has(error);
}

export function isOfBlocks(error: string | undefined): boolean {
  return error !== undefined && ofBlocks.has(error);
}
