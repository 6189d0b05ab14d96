import { z } from 'zod';
import { type Message, type Notice, noticeKinds } from '../../notice.ts';
import { wordsOf } from '../../words.ts';

const time = z.iso.datetime().describe('RFC 3339, UTC.');

const explanation = z
  .object({
    resource: z.string(),
    state: z
      .string()
      .describe('`suspected`, `open`, `attempting`, `verifying`, `paused`, `exhausted`, \u2026'),
    since: z.number().nullable(),
    firstFaultAt: z.number().nullable(),
    incident: z.string().nullable(),
    reason: z.string(),
    lastFault: z.string().nullable(),
    impact: z.string(),
    next: z.object({ what: z.string(), at: z.number().nullable() }),
    record: z.array(z.string()).optional(),
    remedies: z.array(z.string()),
  })
  .describe('As `GET /v1/explanations` tells it; times in ms since the Unix epoch.');

const approval = z
  .object({
    attempt: z.string(),
    step: z.string(),
    action: z.string(),
    targets: z.array(z.string()),
    wouldChange: z.array(z.string()).describe('What a dry run says; empty where none was made.'),
    expiresAt: time.nullable().describe('Without an answer by then it is a no.'),
  })
  .describe('What waits for a yes or a no.');

const notice = z.object({
  id: z.string(),
  event: z.string().describe('The type of the event of the log that it comes from, or `person-needed`.'),
  at: time.describe('When it happened.'),
  resource: z.string().nullable().describe('Null: it concerns all.'),
  labels: z.record(z.string(), z.string()),
  playbook: z.string().nullable(),
  incident: z.string().nullable(),
  text: z.string().describe('One sentence: what happened.'),
  explanation: explanation.nullable().describe('How the resource stood then.'),
  approval: approval.nullable(),
});

const single = z.object({
  type: z
    .enum([...noticeKinds.map((kind) => `prunella.${kind}` as const), 'prunella.test'])
    .describe('What happened; `prunella.needs-person`: nothing goes on without one.'),
  timestamp: time.describe('When it happened.'),
  data: notice.extend({
    summary: z.string().describe('How it stands now, in one line.'),
    link: z.string().nullable().describe('The page of the incident.'),
    commands: z.array(z.string()).describe('What a person can type.'),
  }),
});

const digest = z.object({
  type: z.literal('prunella.digest').describe('Many at once: one message instead of many.'),
  timestamp: time.describe('When it was sent.'),
  data: z.object({
    summary: z.string(),
    link: z.string().nullable(),
    dropped: z.int().describe('Notices of less weight for which there was no room.'),
    notices: z
      .array(notice.extend({ type: z.string().describe('As the type of a message of its own.') }))
      .describe('In the order in which they happened.'),
  }),
});

/** The body of a webhook; what receivers may rely on. */
export const webhookPayload = z.discriminatedUnion('type', [single, digest]);
export type WebhookPayload = z.output<typeof webhookPayload>;

/** The JSON Schema of the body (draft 2020-12). Committed as `schema/notification.json`. */
export function notificationJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(webhookPayload),
    title: 'Prunella notification',
    description: 'The body of a Standard Webhooks message. Receivers ignore members that they do not know.',
  };
}

export function payloadOf(message: Message): WebhookPayload {
  const { lead, link, commands } = wordsOf(message);
  const summary = lead[0] ?? '';
  const [first] = message.notices;
  if (!message.digest) {
    const data = { ...noticeOf(first), summary, link, commands: [...commands] };
    return { type: `prunella.${first.kind}`, timestamp: isoText(first.at), data };
  }
  const notices = message.notices.map((each) => ({ ...noticeOf(each), type: `prunella.${each.kind}` }));
  return {
    type: 'prunella.digest',
    timestamp: isoText(message.now),
    data: { summary, link, dropped: message.dropped, notices },
  };
}

function noticeOf({ id, event, at, resource, labels, playbook, incident, text, ...rest }: Notice) {
  const { approval: asked, explanation: explained } = rest;
  return {
    id,
    event,
    at: isoText(at),
    resource,
    labels: { ...labels },
    playbook,
    incident,
    text,
    explanation: explained === null ? null : explanationOf(explained),
    approval:
      asked === null
        ? null
        : {
            ...asked,
            targets: [...asked.targets],
            wouldChange: [...asked.wouldChange],
            expiresAt: asked.expiresAt === null ? null : isoText(asked.expiresAt),
          },
  };
}

function explanationOf({ record, remedies, next, ...rest }: NonNullable<Notice['explanation']>) {
  return {
    ...rest,
    next: { ...next },
    remedies: [...remedies],
    ...(record === undefined ? {} : { record: [...record] }),
  };
}

function isoText(at: number): string {
  return new Date(at).toISOString();
}
