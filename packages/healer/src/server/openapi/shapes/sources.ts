import { z } from 'zod';
import { count, time } from './terms.ts';

const text = z.string();

export const sourceShapes = {
  AlertmanagerBody: z.looseObject({
    version: z.literal('4'),
    alerts: z
      .array(
        z.looseObject({
          status: z.enum(['firing', 'resolved']),
          labels: z.record(z.string(), text),
          annotations: z.record(z.string(), text).optional(),
          startsAt: text,
          fingerprint: text.optional(),
        }),
      )
      .describe('At most 1,000 are taken.'),
  }),
  CloudEventBody: z
    .looseObject({})
    .describe(
      'With `application/cloudevents+json` an event, with `application/cloudevents-batch+json` a list of at most 100, else the data of the event whose attributes are in `ce-` headers.',
    ),
  WebhookBody: z.unknown().describe('What the expressions of the source are asked of.'),
  SourceAnswer: z.object({
    taken: count,
    duplicate: count,
    ignored: count.describe('Left out by `when`.'),
    unmapped: count.describe('Could not be made a signal of a resource.'),
    refused: count.describe('No playbook owns the resource.'),
    problems: z.array(text).describe('Why, for the first 20 that were not taken.'),
  }),
  Monitors: z.object({
    items: z.array(
      z.object({
        name: text,
        type: text.describe('Such as `http`.'),
        resource: text,
        node: text.nullable(),
        state: z
          .enum(['waiting', 'ok', 'failing', 'firing', 'unknown'])
          .describe('`failing`: not often enough to fire. `unknown`: it cannot tell.'),
        since: time.nullable().describe('Since when it fires or fails.'),
        checks: count.describe("Since the healer's start, or since it was changed."),
        checkedAt: time.nullable(),
        detail: text.nullable().describe('What the newest check saw.'),
      }),
    ),
  }),
  PersonReceipt: z.object({
    accepted: z.literal(true),
    id: text.describe('Of the signal.'),
    note: text.describe('What it led to, for a person.'),
  }),
};
