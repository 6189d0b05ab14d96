import { z } from 'zod';
import type { PathBase } from '../../../configuration/file-path.ts';
import { secretReference } from '../../../configuration/secret.ts';

/** A channel in Slack, by an app of the workspace. */
export function slackConfiguration(base: PathBase) {
  return z.strictObject({
    type: z.literal('slack'),
    token: secretReference(base).describe("The app's bot token (`xoxb-\u2026`)."),
    channel: z
      .string()
      .regex(/^[CGD][A-Z0-9]{2,20}$/, "must be a channel's id, such as C0123456789, not its name")
      .describe('Where messages go, by its id.'),
    signingSecret: secretReference(base)
      .optional()
      .describe("The app's signing secret. Without it messages have no buttons."),
    users: z
      .record(
        z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "must be a member's id, such as U0123456789"),
        z.strictObject({
          name: z
            .string()
            .min(1)
            .max(100)
            .regex(/^\P{Cc}*$/u, 'must not contain control characters')
            .describe('How this person stands in the log.'),
          role: z
            .enum(['viewer', 'operator', 'admin'])
            .prefault('operator')
            .describe('Only an operator or an admin may press buttons.'),
        }),
      )
      .prefault({})
      .describe("Who may press buttons, by the member's id."),
    apiUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .prefault('https://slack.com/api/')
      .transform((text) => (text.endsWith('/') ? text : `${text}/`))
      .describe("Slack's Web API; another one for GovSlack."),
  });
}

export type SlackConfiguration = z.output<ReturnType<typeof slackConfiguration>>;
