import type { Outgoing } from '../outgoing/outgoing.ts';
import { OutgoingError } from '../outgoing/outgoing-error.ts';
import { type Unsent, unsent } from './channel.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly sent: true;
  readonly status: number;
  readonly body: string;
  /** 0 where nothing readable was said. */
  readonly retryAfterMs: number;
}

/** Posts and gives the answer, whatever its status; never rejects. */
export async function post(outgoing: Outgoing, request: Post): Promise<PostAnswer | Unsent> {
  try {
    const { status, headers, body } = await outgoing({ method: 'POST', ...request });
    return { sent: true, status, body, retryAfterMs: retryAfterMs(headers['retry-after']) };
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    // An address that nothing is sent to stays one until somebody writes another.
    const isRefused = error.code === 'url-refused' || error.code === 'address-refused';
    return unsent(isRefused ? 'channel' : 'later', error.message);
  }
}

/** Seconds or a date, as RFC 9110 has it. */
function retryAfterMs(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}
