import { sign } from '../../../backends/http/signature.ts';
import { type Environment, readSecret, type SecretReference } from '../../../configuration/secret.ts';
import type { Outgoing } from '../../../outgoing/outgoing.ts';
import { type Channel, type Sent, unsent } from '../../channel.ts';
import { messageId } from '../../message-id.ts';
import type { Message } from '../../notice.ts';
import { type PostAnswer, post } from '../../post.ts';
import type { WebhookConfiguration } from './configuration.ts';
import { payloadOf } from './payload.ts';

/** Standard Webhooks 1.0 (https://www.standardwebhooks.com): programs are told, and can tell that it was us. */
export function webhookChannel(
  { url, secrets, timeoutMs }: WebhookConfiguration,
  { environment, outgoing }: { readonly environment: Environment; readonly outgoing: Outgoing },
): Channel {
  return {
    type: 'webhook',
    gathers: false,
    timeoutMs,
    async send(message: Message, _thread: unknown, signal: AbortSignal): Promise<Sent> {
      const read = await readAll(secrets, environment);
      if (typeof read === 'string') return unsent('channel', read);
      const body = JSON.stringify(payloadOf(message));
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'prunella',
        ...signedBy(read, messageId(message), body, message.now),
      };
      const answer = await post(outgoing, { url, headers, body, timeoutMs, signal });
      return answer.sent ? verdictOf(answer) : answer;
    },
    async close() {},
  };
}

/** Read anew each time, so that a rotated one is seen. A text: why they could not be. */
async function readAll(
  secrets: readonly SecretReference[],
  environment: Environment,
): Promise<readonly string[] | string> {
  try {
    return await Promise.all(secrets.map((reference) => readSecret(reference, environment)));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** While a secret is replaced, a receiver that knows either believes the message: signatures stand side by side. */
function signedBy(secrets: readonly string[], id: string, body: string, nowMs: number) {
  const all = secrets.map((secret) => sign(secret, id, body, nowMs));
  const signature = all.map((each) => each['webhook-signature']).join(' ');
  return { ...all[0], 'webhook-signature': signature };
}

/** What may pass by itself is tried again; what a person must mend, rarely; 410 says that nobody listens any more. */
function verdictOf({ status, retryAfterMs }: PostAnswer): Sent {
  if (status >= 200 && status < 300) return { sent: true };
  const why = `it answered ${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return unsent('later', why, retryAfterMs);
  }
  if (status >= 300 && status < 400) {
    return unsent('channel', `${why}: redirections are not followed; write the address that it leads to`);
  }
  if ([401, 403, 404, 410].includes(status)) {
    return unsent('channel', `${why}: look at the address, and at the secret there`);
  }
  return unsent('never', `${why}: it does not take this message`);
}
