import { z } from 'zod';
import type { Outgoing } from '../../../outgoing/outgoing.ts';
import { type Unsent, unsent } from '../../channel.ts';
import { post } from '../../post.ts';
import { retryOf, whyText } from './errors.ts';

export interface SlackApi {
  readonly outgoing: Outgoing;
  readonly apiUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/** `error`: Slack's own word for what went wrong; left out where no answer of Slack's came. */
export type SlackAnswer =
  | { readonly ok: true; readonly ts: string; readonly channel: string }
  | (Unsent & { readonly ok: false; readonly error?: string });

const answerBody = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  channel: z.string().optional(),
});

/** Where Slack says 429 without saying for how long. */
const standardRetryMs = 30_000;

/** One call of Slack's Web API, by JSON. */
export async function callSlack(
  { outgoing, apiUrl, token, timeoutMs }: SlackApi,
  method: 'chat.postMessage' | 'chat.update' | 'chat.postEphemeral',
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<SlackAnswer> {
  const answer = await post(outgoing, {
    url: `${apiUrl}${method}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json; charset=utf-8',
    },
    body: JSON.stringify(body),
    timeoutMs,
    signal,
  });
  if (!answer.sent) return { ok: false, ...answer };
  if (answer.status === 429) {
    const afterMs = answer.retryAfterMs === 0 ? standardRetryMs : answer.retryAfterMs;
    return { ok: false, error: 'ratelimited', ...unsent('later', `Slack asks to wait (${method})`, afterMs) };
  }
  const read = answerBody.safeParse(parsed(answer.body));
  if (!read.success) {
    return {
      ok: false,
      ...unsent('later', `Slack's ${method} answered ${answer.status} and no JSON of Slack's`),
    };
  }
  const { ok, error = 'unknown_error', ts = '', channel = '' } = read.data;
  if (ok) return { ok: true, ts, channel };
  return { ok: false, error, ...unsent(retryOf(error), whyText(method, error)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
