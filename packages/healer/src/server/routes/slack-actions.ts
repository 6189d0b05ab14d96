import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import type { Press } from '../../notify/channels/slack/press.ts';
import type { SlackChannel, SlackPerson } from '../../notify/channels/slack/slack-channel.ts';
import type { Caller } from '../access.ts';
import type { Entry } from '../entry.ts';
import { RequestProblem } from '../problem.ts';
import { nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** Who has channels in Slack. */
export interface SlackDesk {
  /** Null where there is no such channel in Slack. */
  slack(channel: string): SlackChannel | null;
  /** Shows the message that bears the pressed button as it is now. */
  refreshSlack(channel: SlackChannel, press: Press): Promise<void>;
  /** The channel in which the button was pressed, where one of the same app heard of it. */
  slackOf(heardBy: SlackChannel, press: Press): SlackChannel;
}

const declaration = {
  id: 'pressSlackButton',
  method: 'POST',
  path: '/v1/notifications/slack/:channel/actions',
  summary: 'What Slack sends when somebody presses a button',
  description:
    "The interactivity request URL of the Slack app. Nobody is authenticated by a token: Slack's signature covers the bytes as they came, is taken once, and names the member, whom the configuration gives a name and a role.",
  role: null,
  auditsItself: true,
  params: z.object({ channel: nameText }),
  readsBody: 'SlackInteraction',
  bodyMediaType: 'application/x-www-form-urlencoded',
  bodyLimitBytes: 262_144,
  answer: { status: 200, mediaType: 'text/plain', description: 'Taken; what became of it is told in Slack.' },
  problems: ['not-authenticated', 'not-found'],
} as const satisfies RouteDeclaration;

interface Outcome {
  readonly result: 'done' | 'refused';
  readonly text: string;
}

/** In a scope of its own, since it reads bodies as they came. */
export function slackRoute(
  app: FastifyInstance,
  add: AddRoute,
  engine: Engine,
  desk: () => SlackDesk | null,
  entry: Entry,
  onFailure: (error: unknown) => void,
): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  );
  add(declaration, async ({ params: { channel: name }, request, reply }) => {
    const present = desk();
    const channel = present?.slack(name) ?? null;
    if (present === null || channel === null) {
      throw new RequestProblem('not-found', `there is no channel ${name} in Slack`);
    }
    const body = typeof request.body === 'string' ? request.body : '';
    const heard = await channel.hear(request.headers, body, Date.now());
    if (heard.heard === 'refused') {
      entry.room.figures.credentialRefused('signature');
      throw new RequestProblem('not-authenticated', heard.why);
    }
    reply.type('text/plain');
    if (heard.heard === 'nothing') return '';
    const { press } = heard;
    const own = present.slackOf(channel, press);
    const person = own.personOf(press.user);
    const outcome = await carryOut(engine, press, person);
    note(entry, request, press, person, outcome, onFailure);
    // Slack waits 3 s for this answer; what became of it is told beside it.
    void own.tell(press, outcome.text).catch(onFailure);
    void present.refreshSlack(own, press).catch(onFailure);
    return '';
  });
}

async function carryOut(engine: Engine, press: Press, person: SlackPerson | null): Promise<Outcome> {
  if (person === null) {
    const text = `You may not: ${press.user} does not stand under \`users\` of this channel in prunella.yaml.`;
    return { result: 'refused', text };
  }
  if (person.role === 'viewer') {
    return { result: 'refused', text: `You may not, ${person.name}: a viewer looks, and orders nothing.` };
  }
  const by = person.name;
  const { action, attempt, resource } = press;
  if (action === 'pause') {
    await engine.pause(by, 'by a button in Slack');
    return { result: 'done', text: 'All repairs are paused.' };
  }
  if (action === 'resume') {
    await engine.resume(by);
    return { result: 'done', text: 'Repairs go on.' };
  }
  if (attempt === undefined) return { result: 'refused', text: 'This button bears no attempt.' };
  const command =
    action === 'approve'
      ? ({ type: 'approve', attempt } as const)
      : ({ type: 'reject', attempt, reason: '' } as const);
  const receipt = await engine.command(resource, { id: randomUUID(), by, command });
  return receipt.accepted
    ? { result: 'done', text: receipt.note }
    : { result: 'refused', text: `Nothing was done: ${receipt.reason}` };
}

function note(
  entry: Entry,
  request: Parameters<Entry['originOf']>[0],
  press: Press,
  person: SlackPerson | null,
  { result, text }: Outcome,
  onFailure: (error: unknown) => void,
): void {
  const { action, resource, incident, attempt, user } = press;
  const caller: Caller | null =
    person === null ? null : { name: person.name, role: person.role, by: 'slack' };
  const target = { resource, incident, ...(attempt === undefined ? {} : { attempt }) };
  const deed = {
    action: `slack.${action}`,
    target,
    request: { user },
    result,
    status: 200,
    detail: text,
  } as const;
  try {
    entry.room.audit.write(caller, entry.originOf(request), deed);
  } catch (error) {
    // It is done and on disk: to deny it now would be worse than a gap that is told.
    onFailure(error);
  }
}
