import { z } from 'zod';
import { count, time } from './terms.ts';

export const deadChannel = z.object({
  channel: z.string(),
  since: time.nullable().describe('When the first try failed.'),
  error: z.string().nullable().describe('Why the last one failed.'),
  waiting: count.describe('Notices that wait for it.'),
});

const channel = z.object({
  channel: z.string(),
  type: z.string().describe('`webhook`, `email`, `slack`.'),
  state: z
    .enum(['ok', 'failing', 'dead'])
    .describe(
      '`dead`: nothing has got through for a while, or three messages in a row were refused, or a person must mend it.',
    ),
  failingSince: time.nullable(),
  lastError: z.string().nullable(),
  lastErrorAt: time.nullable(),
  lastDeliveredAt: time.nullable().describe('Since the start.'),
  nextTryAt: time.nullable().describe('Null: nothing waits, or nothing is wrong.'),
  waiting: count,
  waitingForPerson: count.describe('Of these, what needs a person.'),
  delivered: count.describe('Since the start.'),
  failures: count.describe('Tries that failed, since the start.'),
  lost: count.describe('Notices that were given up or dropped, since the start.'),
});

const delivery = z.object({
  id: z.string().describe('The same in every channel, and at each try.'),
  channel: z.string(),
  state: z.enum(['waiting', 'delivered', 'given-up', 'dropped']),
  kind: z.enum(['needs-person', 'opened', 'attempt', 'recovered', 'paused', 'alarm', 'test']),
  resource: z.string().nullable(),
  incident: z.string().nullable(),
  text: z.string(),
  at: time.describe('When it happened.'),
  queuedAt: time,
  attempts: count.describe('Tries that failed.'),
  error: z.string().nullable(),
  endedAt: time.nullable().describe('When it was delivered or given up.'),
});

export const notificationShapes = {
  Notifications: z.object({
    channels: z.array(channel),
    items: z.array(delivery).describe('The newest first.'),
    next: z.string().optional().describe('For `cursor`; left out on the last page.'),
  }),
  NotificationTest: z.object({
    delivered: z.boolean(),
    problem: z.string().nullable().describe('What went wrong.'),
  }),
};
