import type { Outgoing, OutgoingAnswer, OutgoingRequest } from '../../outgoing/outgoing.ts';
import { OutgoingError } from '../../outgoing/outgoing-error.ts';

/** One request and its whole answer. */
export type Exchange =
  | ({ readonly ended: 'answered' } & OutgoingAnswer)
  /** Nobody can have read it. */
  | { readonly ended: 'unsent'; readonly why: string }
  /** It may have been read; no whole answer came. */
  | { readonly ended: 'lost'; readonly why: string };

/** Never rejects. Redirections are not followed: they would carry headers elsewhere. */
export async function exchange(send: Outgoing, request: OutgoingRequest): Promise<Exchange> {
  if (request.signal?.aborted) return { ended: 'unsent', why: 'stopped before it was sent' };
  try {
    return { ended: 'answered', ...(await send(request)) };
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    return { ended: error.mayHaveArrived ? 'lost' : 'unsent', why: error.message };
  }
}
