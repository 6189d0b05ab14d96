import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../../../configuration/file-path.ts';
import { secretReference } from '../../../configuration/secret.ts';
import { outgoingUrlProblem } from '../../../outgoing/outgoing-url.ts';

/** A program that is told by Standard Webhooks. */
export function webhookConfiguration(base: PathBase) {
  return z
    .strictObject({
      type: z.literal('webhook'),
      url: z
        .string()
        .superRefine((text, context) => {
          const problem = outgoingUrlProblem(text);
          if (problem !== null) context.addIssue(problem);
        })
        .describe('Where messages are posted. Redirections are not followed.'),
      secrets: z
        .array(secretReference(base))
        .min(1)
        .max(5)
        .describe('Sign each message (`whsec_\u2026`). Several, while one is replaced by another.'),
      timeout: durationText({ leastMs: 100, mostMs: 60_000 }).prefault('10s').describe('For one request.'),
    })
    .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));
}

export type WebhookConfiguration = z.output<ReturnType<typeof webhookConfiguration>>;
