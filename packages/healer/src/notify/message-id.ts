import { createHash } from 'node:crypto';
import type { Message } from './notice.ts';

/**
 * The same at each try of the same content, and another one for other content: a receiver that knows it takes nothing
 * any more, and what was added meanwhile would be lost.
 */
export function messageId({ notices }: Pick<Message, 'notices'>): string {
  const [first] = notices;
  if (notices.length === 1) return first.id;
  const all = createHash('sha256').update(notices.map(({ id }) => id).join(' '));
  return `${first.id}-${all.digest('hex').slice(0, 16)}`;
}
