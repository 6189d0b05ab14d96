import { type Environment, readSecret, type SecretReference } from '../../../configuration/secret.ts';
import type { Outgoing } from '../../../outgoing/outgoing.ts';
import { type Channel, type Sent, type Unsent, unsent } from '../../channel.ts';
import type { Message } from '../../notice.ts';
import { callSlack, type SlackAnswer, type SlackApi } from './api.ts';
import { type SlackMessage, slackMessage, storyText } from './blocks.ts';
import type { SlackConfiguration } from './configuration.ts';
import { isOfBlocks, isUneditable } from './errors.ts';
import { type Press, readPress } from './press.ts';
import type { SlackSignatures } from './signature.ts';

/** The message of an incident. */
interface SlackThread {
  readonly channel: string;
  readonly ts: string;
}

export interface SlackMeans {
  readonly environment: Environment;
  readonly outgoing: Outgoing;
  /** Of all channels, whose requests may come by any of them: what one has taken no other takes again. */
  readonly signatures: SlackSignatures;
}

export type Heard =
  | { readonly heard: 'press'; readonly press: Press }
  /** It is Slack's, and orders nothing. */
  | { readonly heard: 'nothing' }
  | { readonly heard: 'refused'; readonly why: string };

export interface SlackPerson {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
}

const timeoutMs = 15_000;

/**
 * A channel in Slack: one message an incident, edited as things go on, with the story in its thread. What needs a
 * person is shown in the channel, too, since nobody is told of an edited message.
 */
export class SlackChannel implements Channel {
  readonly type = 'slack';
  readonly gathers = true;
  readonly timeoutMs = 2 * timeoutMs;
  readonly #configuration: SlackConfiguration;
  readonly #means: SlackMeans;

  constructor(configuration: SlackConfiguration, means: SlackMeans) {
    this.#configuration = configuration;
    this.#means = means;
  }

  async send(message: Message, kept: unknown, signal: AbortSignal): Promise<Sent> {
    const api = await this.#api();
    if ('retry' in api) return api;
    const said = slackMessage(message, this.#canPress);
    const thread = this.#threadOf(kept);
    if (thread === null || message.present === null) return this.#post(api, said, message, signal);
    const edited = await say(api, 'chat.update', { ...thread }, said, signal);
    if (!edited.ok) {
      return isUneditable(edited.error) ? this.#post(api, said, message, signal) : edited;
    }
    const needsPerson = message.notices.some(({ kind }) => kind === 'needs-person');
    const reply = await callSlack(
      api,
      'chat.postMessage',
      {
        channel: thread.channel,
        thread_ts: thread.ts,
        text: storyText(message),
        ...(needsPerson ? { reply_broadcast: true } : {}),
        ...quiet,
      },
      signal,
    );
    return reply.ok ? { sent: true, thread, ...noteOf(edited) } : reply;
  }

  async close(): Promise<void> {}

  /** Whether a request is Slack's, and which button was pressed. */
  async hear(headers: Readonly<Record<string, unknown>>, body: string, nowMs: number): Promise<Heard> {
    const { signingSecret } = this.#configuration;
    if (signingSecret === undefined) {
      return { heard: 'refused', why: 'this channel has no `signingSecret`: nobody is believed here' };
    }
    const secret = await this.#secret(signingSecret);
    if (typeof secret !== 'string') return { heard: 'refused', why: 'the signing secret cannot be read' };
    const problem = this.#means.signatures.problem(secret, headers, body, nowMs);
    if (problem !== null) return { heard: 'refused', why: problem };
    const press = readPress(body);
    return press === null ? { heard: 'nothing' } : { heard: 'press', press };
  }

  /**
   * Whether presses of buttons in this channel may come by the other one: an app has one address for all its channels.
   * Only where the same secret proves both.
   */
  isHeardBy(other: SlackChannel, channelId: string): boolean {
    const secret = this.#configuration.signingSecret;
    return (
      secret !== undefined &&
      this.#configuration.channel === channelId &&
      JSON.stringify(secret) === JSON.stringify(other.#configuration.signingSecret)
    );
  }

  /** Who stands behind a member's id; null: nobody said. */
  personOf(user: string): SlackPerson | null {
    const { users } = this.#configuration;
    return Object.hasOwn(users, user) ? (users[user] ?? null) : null;
  }

  /** Only for who pressed. */
  async tell(press: Press, text: string): Promise<Unsent | null> {
    const api = await this.#api();
    if ('retry' in api) return api;
    const body = { channel: press.channel, user: press.user, thread_ts: press.ts, text };
    const told = await callSlack(api, 'chat.postEphemeral', body, new AbortController().signal);
    return told.ok ? null : told;
  }

  /** The message that bears a button, as it is now. */
  async show(press: Press, message: Message): Promise<Unsent | null> {
    const api = await this.#api();
    if ('retry' in api) return api;
    const said = slackMessage(message, this.#canPress);
    const body = { channel: press.channel, ts: press.ts };
    const shown = await say(api, 'chat.update', body, said, new AbortController().signal);
    return shown.ok ? null : shown;
  }

  get #canPress(): boolean {
    return this.#configuration.signingSecret !== undefined;
  }

  async #post(api: SlackApi, said: SlackMessage, message: Message, signal: AbortSignal): Promise<Sent> {
    const { channel } = this.#configuration;
    const posted = await say(api, 'chat.postMessage', { channel, ...quiet }, said, signal);
    if (!posted.ok) return posted;
    if (message.present === null) return { sent: true, ...noteOf(posted) };
    const thread: SlackThread = { channel: posted.channel, ts: posted.ts };
    return { sent: true, thread, ...noteOf(posted) };
  }

  /** Null where there is none yet, or where the configuration names another channel now. */
  #threadOf(kept: unknown): SlackThread | null {
    if (typeof kept !== 'object' || kept === null) return null;
    const { channel, ts } = kept as Partial<SlackThread>;
    if (typeof ts !== 'string' || channel !== this.#configuration.channel) return null;
    return { channel, ts };
  }

  async #api(): Promise<SlackApi | Unsent> {
    const token = await this.#secret(this.#configuration.token);
    if (typeof token !== 'string') return token;
    const { outgoing } = this.#means;
    return { outgoing, apiUrl: this.#configuration.apiUrl, token, timeoutMs };
  }

  async #secret(reference: SecretReference): Promise<string | Unsent> {
    try {
      return await readSecret(reference, this.#means.environment);
    } catch (error) {
      return unsent('channel', error instanceof Error ? error.message : String(error));
    }
  }
}

/** What Slack does not take as blocks it takes as text: without buttons, but somebody is told. */
async function say(
  api: SlackApi,
  method: 'chat.postMessage' | 'chat.update',
  body: Readonly<Record<string, unknown>>,
  { text, blocks, inText }: SlackMessage,
  signal: AbortSignal,
): Promise<SlackAnswer & { readonly note?: string }> {
  const answer = await callSlack(api, method, { ...body, text, blocks }, signal);
  if (answer.ok || !isOfBlocks(answer.error)) return answer;
  const note = `told without its buttons: ${answer.why}`;
  return { ...(await callSlack(api, method, { ...body, text: inText, blocks: [] }, signal)), note };
}

function noteOf({ note }: { readonly note?: string }) {
  return note === undefined ? {} : { note };
}

/** Addresses in a message are not looked up by Slack: they may be internal. */
const quiet = { unfurl_links: false, unfurl_media: false } as const;
