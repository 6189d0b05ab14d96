import { messageId } from '../../message-id.ts';
import type { Message } from '../../notice.ts';
import { type Words, wordsOf } from '../../words.ts';

/** What a mail of an incident must know of those before it. */
export interface MailThread {
  readonly first: string;
  readonly last: string;
}

export interface Mail {
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  readonly priority: 'high' | 'normal';
  readonly text: string;
  readonly html: string;
}

const longestSubject = 180;

/** `domain`: of the sender, for the Message-ID. */
export function composeMail(message: Message, thread: MailThread | null, domain: string): Mail {
  const words = wordsOf(message);
  const mark = words.mark === null ? '' : `[${words.mark}] `;
  return {
    // A mark in brackets leaves the subject what it is for threading (RFC 5256, "base subject").
    subject: oneLine(`${mark}${words.subject}`).slice(0, longestSubject),
    messageId: `<${messageId(message)}@${domain}>`,
    ...(thread === null
      ? {}
      : { inReplyTo: thread.last, references: [...new Set([thread.first, thread.last])] }),
    priority: message.notices.some(({ kind }) => kind === 'needs-person') ? 'high' : 'normal',
    text: textOf(words),
    html: htmlOf(words),
  };
}

export function threadAfter(mail: Mail, before: MailThread | null): MailThread {
  return { first: before?.first ?? mail.messageId, last: mail.messageId };
}

/** What a channel kept, read again; null where it is none of ours. */
export function mailThread(kept: unknown): MailThread | null {
  if (typeof kept !== 'object' || kept === null) return null;
  const { first, last } = kept as Partial<MailThread>;
  return typeof first === 'string' && typeof last === 'string' ? { first, last } : null;
}

function textOf({ lead, happened, commands, link, explanation }: Words): string {
  const parts = [
    lead.join('\n\n'),
    commands.map((command) => `    ${command}`).join('\n'),
    link ?? '',
    happened.map((line) => `- ${line}`).join('\n'),
    explanation ?? '',
  ];
  return `${parts
    .filter((part) => part !== '')
    .join('\n\n')
    .trimEnd()}\n`;
}

function htmlOf({ lead, happened, commands, link, explanation }: Words): string {
  const [head = '', ...others] = lead;
  const parts = [
    `<p style="font-size:1.15em"><strong>${escaped(head)}</strong></p>`,
    ...others.map((line) => `<p>${escaped(line)}</p>`),
    commands.length === 0 ? '' : `<pre>${commands.map(escaped).join('\n')}</pre>`,
    link === null ? '' : `<p><a href="${escaped(link)}">${escaped(link)}</a></p>`,
    happened.length === 0 ? '' : `<ul>${happened.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`,
    explanation === null ? '' : `<pre>${escaped(explanation)}</pre>`,
  ];
  return `<!doctype html><html><body>${parts.join('\n')}</body></html>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What comes from elsewhere must not begin another header. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
