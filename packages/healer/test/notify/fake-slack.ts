import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { blockProblems, type LooseBlock } from './fake-slack-limits.ts';

export const slackToken = 'xoxb-a-token-of-the-fake';
export const slackSecret = 'the signing secret of the fake';
export const slackChannelId = 'C0123456789';

export interface FakeMessage {
  readonly ts: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  text: string;
  blocks: readonly LooseBlock[];
  edits: number;
}

export interface Ephemeral {
  readonly user: string;
  readonly text: string;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * A fake of Slack, since the real one cannot be had in a test. It checks what the real Web API checks of these three
 * methods: token, content type, channel, required fields, limits of Block Kit; and it signs presses of buttons.
 */
export class FakeSlack {
  readonly messages: FakeMessage[] = [];
  readonly ephemerals: Ephemeral[] = [];
  readonly calls: string[] = [];
  /** Answers instead of the next calls: 429 with these seconds, or an error's word. */
  readonly failures: (number | string)[] = [];
  url = '';
  #number = 0;

  static async start(): Promise<FakeSlack> {
    const fake = new FakeSlack();
    const server = createServer((request, response) => void fake.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    return fake;
  }

  get topLevel(): readonly FakeMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs === null);
  }

  get replies(): readonly FakeMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs !== null);
  }

  /** What a button of a message bears; undefined where it has no such button. */
  button(message: FakeMessage | undefined, action: string): { readonly value: string } | undefined {
    const elements = message?.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    return elements?.find((each) => each['action_id'] === `prunella.${action}`) as
      | { value: string }
      | undefined;
  }

  /** The request that Slack sends when somebody presses it. */
  press(message: FakeMessage, action: string, user: string, value?: string) {
    const payload = {
      type: 'block_actions',
      api_app_id: 'A1',
      user: { id: user, username: 'whoever', team_id: 'T1' },
      container: { type: 'message', message_ts: message.ts, channel_id: slackChannelId },
      channel: { id: slackChannelId, name: 'ops' },
      actions: [
        {
          action_id: `prunella.${action}`,
          block_id: 'b',
          type: 'button',
          value: value ?? this.button(message, action)?.value,
          action_ts: '1',
        },
      ],
    };
    return signed(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const method = (request.url ?? '').replace('/api/', '');
    this.calls.push(method);
    const failure = this.failures.shift();
    if (typeof failure === 'number') {
      response.writeHead(429, { 'retry-after': String(failure) }).end();
      return;
    }
    const answer = failure === undefined ? this.#take(method, request, text) : { ok: false, error: failure };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #take(method: string, request: IncomingMessage, text: string): Body {
    const { authorization = '' } = request.headers;
    if (authorization === '') return { ok: false, error: 'not_authed' };
    if (authorization !== `Bearer ${slackToken}`) return { ok: false, error: 'invalid_auth' };
    if (!/^application\/json/.test(request.headers['content-type'] ?? '')) {
      return { ok: false, error: 'invalid_post_type' };
    }
    const body = JSON.parse(text) as Body;
    if (body['channel'] !== slackChannelId) return { ok: false, error: 'channel_not_found' };
    const blocks = (body['blocks'] ?? []) as readonly LooseBlock[];
    if (typeof body['text'] !== 'string' && blocks.length === 0) return { ok: false, error: 'no_text' };
    const problems = blockProblems(blocks);
    if (problems.length > 0)
      return { ok: false, error: 'invalid_blocks', response_metadata: { messages: problems } };
    if (method === 'chat.postMessage') return this.#post(body, blocks);
    if (method === 'chat.update') return this.#update(body, blocks);
    if (method === 'chat.postEphemeral') return this.#tell(body);
    return { ok: false, error: 'unknown_method' };
  }

  #post(body: Body, blocks: readonly LooseBlock[]): Body {
    const threadTs = body['thread_ts'];
    if (threadTs !== undefined && !this.messages.some(({ ts }) => ts === threadTs)) {
      return { ok: false, error: 'thread_not_found' };
    }
    this.#number += 1;
    const ts = `1700000000.${String(this.#number).padStart(6, '0')}`;
    this.messages.push({
      ts,
      threadTs: typeof threadTs === 'string' ? threadTs : null,
      broadcast: body['reply_broadcast'] === true,
      text: String(body['text']),
      blocks,
      edits: 0,
    });
    return { ok: true, channel: slackChannelId, ts };
  }

  #update(body: Body, blocks: readonly LooseBlock[]): Body {
    const message = this.messages.find(({ ts }) => ts === body['ts']);
    if (message === undefined) return { ok: false, error: 'message_not_found' };
    message.text = String(body['text']);
    message.blocks = blocks;
    message.edits += 1;
    return { ok: true, channel: slackChannelId, ts: message.ts };
  }

  #tell(body: Body): Body {
    if (typeof body['user'] !== 'string') return { ok: false, error: 'user_not_in_channel' };
    this.ephemerals.push({ user: body['user'], text: String(body['text']) });
    return { ok: true, message_ts: '1' };
  }
}

/** As Slack signs: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signed(body: string, { secret = slackSecret, at = Date.now() } = {}) {
  const timestamp = String(Math.floor(at / 1_000));
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    },
  };
}
