import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import { emailConfiguration } from './channels/email/configuration.ts';
import { slackConfiguration } from './channels/slack/configuration.ts';
import { webhookConfiguration } from './channels/webhook/configuration.ts';
import { noticeKinds } from './notice.ts';

const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a name of small letters, digits and `-`');

const pattern = z.string().min(1).max(300);

/** Whom to tell, and of what. */
export function notificationsConfiguration(base: PathBase) {
  return z
    .strictObject({
      pageUrl: z
        .url({ protocol: /^https?$/, error: 'must be an http or https address' })
        .transform((text) => text.replace(/\/+$/, ''))
        .optional()
        .describe('Where people find the page of this healer; messages link to it. Else: where it listens.'),
      channels: z
        .record(
          channelName,
          z.discriminatedUnion('type', [
            webhookConfiguration(base),
            emailConfiguration(base),
            slackConfiguration(base),
          ]),
        )
        .prefault({})
        .describe('Ways to people, by a name of your own.'),
      routes: z
        .array(routeConfiguration())
        .max(200)
        .optional()
        .describe('Who is told of what; every route that fits counts. Else every channel is told of all.'),
      digest: z
        .strictObject({
          after: z
            .int()
            .min(1)
            .max(1_000)
            .prefault(5)
            .describe('Messages that a channel sends one by one; beyond them one message names many.'),
          within: durationText({ leastMs: 1_000, mostMs: 3_600_000 })
            .prefault('1m')
            .describe('In this time. What needs a person waits at most 5 s for the others.'),
        })
        .prefault({})
        .describe('How a storm is told.'),
      retry: z
        .strictObject({
          for: durationText({ leastMs: 10_000, mostMs: 7 * 86_400_000 })
            .prefault('24h')
            .describe('A message that is older is not sent any more.'),
          attempts: z
            .int()
            .min(1)
            .max(10_000)
            .prefault(200)
            .describe('A message that failed so often is not sent any more.'),
          longest: durationText({ leastMs: 1_000, mostMs: 3_600_000 })
            .prefault('15m')
            .describe('Longest pause between two tries. They grow from 1 s, at random.'),
        })
        .prefault({})
        .describe('What becomes of messages that do not get through.'),
      queue: z
        .int()
        .min(10)
        .max(10_000)
        .prefault(500)
        .describe('Notices that wait in one channel. Beyond it all but what needs a person is only counted.'),
    })
    .transform(({ digest, retry, ...rest }) => ({
      ...rest,
      digest: { after: digest.after, withinMs: digest.within },
      retry: { forMs: retry.for, attempts: retry.attempts, longestMs: retry.longest },
    }))
    .superRefine(({ channels, routes = [] }, context) => {
      for (const [index, { to }] of routes.entries()) {
        for (const [at, name] of to.entries()) {
          if (Object.hasOwn(channels, name)) continue;
          const known = Object.keys(channels).join(', ');
          context.addIssue({
            code: 'custom',
            path: ['routes', index, 'to', at],
            message: `there is no channel \`${name}\`${known === '' ? '' : `; there are ${known}`}`,
          });
        }
      }
    });
}

function routeConfiguration() {
  return z.strictObject({
    to: z.array(channelName).min(1).max(50).describe('Names of channels.'),
    events: z
      .array(z.enum(noticeKinds))
      .min(1)
      .optional()
      .describe(
        'Only these. Else all; to e-mail all but `attempt`. Who was told of an incident is told of its recovery in any case.',
      ),
    resources: z
      .array(pattern)
      .min(1)
      .max(1_000)
      .optional()
      .describe('Only these; `*` stands for any characters. Pauses and alarms, which concern all, still go.'),
    playbooks: z.array(pattern).min(1).max(1_000).optional().describe('Only resources under these.'),
    labels: z
      .record(z.string(), z.union([z.string().max(1_000), z.array(z.string().max(1_000)).min(1).max(100)]))
      .optional()
      .describe('Only resources with all of these labels; of several values one.'),
  });
}

export type NotificationsConfiguration = z.output<ReturnType<typeof notificationsConfiguration>>;
export type RouteConfiguration = z.output<ReturnType<typeof routeConfiguration>>;
export type ChannelConfiguration = NotificationsConfiguration['channels'][string];
