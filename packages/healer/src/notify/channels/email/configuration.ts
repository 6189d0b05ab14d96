import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../../../configuration/file-path.ts';
import { secretReference } from '../../../configuration/secret.ts';

/** A name before the address may hold no brackets, quotes or line breaks: it goes into headers. */
const mailbox = z
  .string()
  .max(320)
  .regex(
    /^(?:[^\p{Cc}<>"@,;]{1,100} <[^\p{Cc}\s<>"@,;]+@[^\p{Cc}\s<>"@,;]+>|[^\p{Cc}\s<>"@,;]+@[^\p{Cc}\s<>"@,;]+)$/u,
    'must be an address, such as ops@example.com or Operations <ops@example.com>',
  );

/** People who are told by e-mail. */
export function emailConfiguration(base: PathBase) {
  return z
    .strictObject({
      type: z.literal('email'),
      from: mailbox.describe('The sender, as `Prunella <prunella@example.com>`.'),
      to: z.array(mailbox).min(1).max(50).describe('Who is told.'),
      host: z.string().min(1).max(253).describe('The SMTP server.'),
      port: z.int().min(1).max(65_535).optional().describe('Else 587; with `security: tls` 465.'),
      security: z
        .enum(['starttls', 'tls', 'none'])
        .prefault('starttls')
        .describe('`none` only for a server on this host: all goes in plain text.'),
      user: z.string().min(1).max(300).optional().describe('Who logs in; without it nobody does.'),
      password: secretReference(base).optional().describe('Of `user`.'),
      timeout: durationText({ leastMs: 1_000, mostMs: 120_000 }).prefault('30s').describe('For one message.'),
    })
    .refine(({ user, password }) => (user === undefined) === (password === undefined), {
      message: '`user` and `password` belong together',
    })
    .refine(({ user, security }) => user === undefined || security !== 'none', {
      message: '`security: none` would send the password in plain text',
    })
    .transform(({ timeout, port, ...rest }) => ({
      ...rest,
      port: port ?? (rest.security === 'tls' ? 465 : 587),
      timeoutMs: timeout,
    }));
}

export type EmailConfiguration = z.output<ReturnType<typeof emailConfiguration>>;
