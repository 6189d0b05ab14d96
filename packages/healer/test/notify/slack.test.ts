import { waitFor } from '@prunella/labs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAccessRoom } from '../../src/access/access-room.ts';
import { slackConfiguration } from '../../src/notify/channels/slack/configuration.ts';
import { SlackSignatures } from '../../src/notify/channels/slack/signature.ts';
import { SlackChannel } from '../../src/notify/channels/slack/slack-channel.ts';
import { openNotifier } from '../../src/notify/open-notifier.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import { createServer } from '../../src/server/create-server.ts';
import { rawRequest } from '../access/raw-request.ts';
import { resource } from '../engine/engine-under-test.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { FakeSlack, signed, slackChannelId, slackSecret, slackToken } from './fake-slack.ts';
import { messageOf, noticeOf, presentOf } from './messages.ts';
import { allDown, allWell, notificationsOf, startNotified } from './notifier-under-test.ts';

const signal = new AbortController().signal;
const environment = { TOKEN: slackToken, SECRET: slackSecret, WRONG: 'xoxb-wrong' };

function channelTo(fake: FakeSlack, written: Readonly<Record<string, unknown>> = {}): SlackChannel {
  const configuration = slackConfiguration({ folder: '/' }).parse({
    type: 'slack',
    token: { environment: 'TOKEN' },
    signingSecret: { environment: 'SECRET' },
    channel: slackChannelId,
    users: { U100: { name: 'anna' }, U200: { name: 'wall', role: 'viewer' } },
    apiUrl: fake.url,
    ...written,
  });
  const signatures = new SlackSignatures();
  return new SlackChannel(configuration, { environment, outgoing: createOutgoing(), signatures });
}

/** An engine whose incident asks, a notifier, Slack's fake, and the server that Slack's presses come to. */
async function startWithSlack() {
  const fake = await FakeSlack.start();
  const started = await startNotified({
    folder: await temporaryFolder(),
    channels: { chat: channelTo(fake) },
  });
  const room = createAccessRoom({ configured: [] });
  const server = createServer(started.test.engine, {
    access: { type: 'tokens', tokens: [] },
    room,
    facts: () => {
      throw new Error('nobody asks for them here');
    },
    notifications: () => started.notifier,
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const send = (request: ReturnType<typeof signed>, channel = 'chat') =>
    fetch(`${address}/v1/notifications/slack/${channel}/actions`, { method: 'POST', ...request });
  const { test } = started;
  /** Time passes a little until something is so: the network has a time of its own. */
  const until = async <Value>(what: string, look: () => Value | null | undefined | false) =>
    waitFor(
      async () => {
        await started.clock.advance(10);
        return look() || null;
      },
      { what },
    );
  const asked = async () => {
    await test.pass(3, allWell);
    test.database(false);
    await test.pass(4, allDown);
    await until('the opening in Slack', () => fake.topLevel.length === 1);
    await test.pass(8, allDown);
    return until('the question in Slack', () => {
      const [message] = fake.topLevel;
      return fake.button(message, 'approve') === undefined ? null : message;
    });
  };
  return { ...started, address, fake, room, send, until, asked };
}

describe('an incident in Slack', () => {
  it('is one message that is edited, with its story in the thread, and what needs a person in the channel', async () => {
    const { fake, test, until, asked } = await startWithSlack();
    const message = await asked();
    expect(fake.topLevel).toHaveLength(1);
    await until('the reply', () => fake.replies.length === 1);
    expect(fake.replies[0]).toMatchObject({
      threadTs: message.ts,
      broadcast: true,
      text: expect.stringMatching(/^\*Needs you:\* stand-in\.apply on minion1 waits for a person/),
    });
    expect(message.text).toMatch(/^\[needs you\] postgres\/main is broken since/);
    test.database(true);
    await test.pass(10, allWell);
    await until('the end in Slack', () =>
      message.text.startsWith('[well again] postgres/main is well again'),
    );
    expect(fake.topLevel).toHaveLength(1);
    expect(['approve', 'reject', 'pause'].map((each) => fake.button(message, each))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await until('the last reply', () => fake.replies.at(-1)?.text.startsWith('it recovered by itself'));
    expect(fake.replies.at(-1)?.broadcast).toBe(false);
  });

  it('is posted anew where somebody deleted its message, and where the configuration names another channel', async () => {
    const fake = await FakeSlack.start();
    const channel = channelTo(fake);
    const gone = { channel: slackChannelId, ts: '1.000001' };
    expect(await channel.send(messageOf([noticeOf()]), gone, signal)).toMatchObject({ sent: true });
    expect(await channel.send(messageOf([noticeOf()]), { ...gone, channel: 'C9' }, signal)).toMatchObject({
      sent: true,
      thread: { channel: slackChannelId },
    });
    expect(fake.topLevel).toHaveLength(2);
  });

  it('calls nobody and links nowhere by what a resource says', async () => {
    const fake = await FakeSlack.start();
    const text = '<!channel> <https://evil.example|click> & more';
    const explanation = { ...noticeOf().explanation, reason: text } as NonNullable<
      ReturnType<typeof noticeOf>['explanation']
    >;
    const present = presentOf({ explanation });
    await channelTo(fake).send(messageOf([noticeOf({ text })], { present }), undefined, signal);
    const shown = JSON.stringify(fake.messages);
    expect(shown).toContain('&lt;!channel&gt;');
    expect(shown).not.toMatch(/<!channel>|<https:/);
  });

  it('stays within the limits of blocks, however much there is to say', async () => {
    const fake = await FakeSlack.start();
    const long = 'x'.repeat(2_000);
    const notices = Array.from({ length: 400 }, (_, index) =>
      noticeOf({ incident: `i${index}`, resource: `kind/${'r'.repeat(200)}${index}`, text: long }),
    );
    expect(await channelTo(fake).send(messageOf(notices, { digest: true }), undefined, signal)).toEqual({
      sent: true,
    });
    const approval = {
      ...noticeOf().approval,
      targets: Array.from({ length: 200 }, () => 'minion'.repeat(10)),
    };
    const present = presentOf({ approval: approval as NonNullable<ReturnType<typeof noticeOf>['approval']> });
    const one = messageOf([noticeOf({ text: long })], { present });
    expect(await channelTo(fake).send(one, undefined, signal)).toMatchObject({ sent: true });
  });

  it('has no buttons where nobody could be believed who presses them', async () => {
    const fake = await FakeSlack.start();
    await channelTo(fake, { signingSecret: undefined }).send(messageOf([noticeOf()]), undefined, signal);
    expect(fake.button(fake.messages[0], 'approve')).toBeUndefined();
    expect(fake.button(fake.messages[0], 'open')).toBeDefined();
  });
});

describe('a button', () => {
  it('approves, by the name that stands in the configuration; the message and the audit say so', async () => {
    const { fake, test, send, until, asked, room } = await startWithSlack();
    const message = await asked();
    expect((await send(fake.press(message, 'approve', 'U100'))).status).toBe(200);
    await until('the answer', () => fake.ephemerals.length === 1);
    expect(fake.ephemerals).toEqual([{ user: 'U100', text: 'approved; evidence is looked at afresh first' }]);
    await until('the message without its question', () => fake.button(message, 'approve') === undefined);
    await test.pass(3, allDown);
    expect(test.backend.sent).toHaveLength(1);
    const log = await test.engine.log({ limit: 1_000 });
    expect(log.find(({ event }) => event.type === 'approval-given')?.event).toMatchObject({ by: 'anna' });
    await until('the story', () => fake.replies.some(({ text }) => text.includes('was approved by anna')));
    expect(room.audit.read({ limit: 10 })).toMatchObject([
      {
        action: 'slack.approve',
        actor: { name: 'anna', role: 'operator', by: 'slack' },
        result: 'done',
        target: { resource },
        request: { user: 'U100' },
      },
    ]);
  });

  it('rejects; a second answer hears that it came too late, and of whom', async () => {
    const { fake, send, until, asked, test } = await startWithSlack();
    const message = await asked();
    const late = fake.button(message, 'approve')?.value;
    await send(fake.press(message, 'reject', 'U100'));
    await until('the first answer', () => fake.ephemerals.length === 1);
    await send(fake.press(message, 'approve', 'U100', late));
    await until('the second answer', () => fake.ephemerals.length === 2);
    expect(fake.ephemerals.map(({ text }) => text)).toEqual([
      'rejected; the step is passed over in this incident',
      expect.stringMatching(
        /^Nothing was done: attempt .* does not wait for approval: rejected already by anna$/,
      ),
    ]);
    expect(test.backend.sent).toEqual([]);
  });

  it('that nobody pressed in time approves nothing any more, and says so', async () => {
    const { fake, send, until, asked, test } = await startWithSlack();
    const message = await asked();
    const late = fake.button(message, 'approve')?.value;
    await test.clock.advance(930_000);
    await until('the message without its question', () => fake.button(message, 'approve')?.value !== late);
    await send(fake.press(message, 'approve', 'U100', late));
    await until('the answer', () => fake.ephemerals.length === 1);
    expect(fake.ephemerals[0]?.text).toMatch(/does not wait for approval: nobody answered in time$/);
    expect(test.backend.sent).toEqual([]);
  });

  it.each([
    ['U999', /^You may not: U999 does not stand under `users`/],
    ['U200', /^You may not, wall: a viewer looks/],
  ])('pressed by %s does nothing and says why', async (user, why) => {
    const { fake, send, until, asked, test, room } = await startWithSlack();
    const message = await asked();
    for (const action of ['approve', 'pause']) await send(fake.press(message, action, user));
    await until('the answers', () => fake.ephemerals.length === 2);
    expect(fake.ephemerals.map(({ text }) => text)).toEqual([
      expect.stringMatching(why),
      expect.stringMatching(why),
    ]);
    expect(test.engine.pauseInForce()).toBeNull();
    await test.pass(2, allDown);
    expect(test.backend.sent).toEqual([]);
    expect(room.audit.read({ limit: 10 }).map(({ result }) => result)).toEqual(['refused', 'refused']);
  });

  it('pauses all repairs, and then resumes them', async () => {
    const { fake, send, until, asked, test } = await startWithSlack();
    const message = await asked();
    await send(fake.press(message, 'pause', 'U100'));
    expect(test.engine.pauseInForce()).toMatchObject({ by: 'anna', reason: 'by a button in Slack' });
    await until('the button to resume', () => fake.button(message, 'resume') !== undefined);
    expect(JSON.stringify(fake.button(message, 'approve'))).toMatch(
      /stand-in\.apply on minion1 will run when repairs go on: anna paused all/,
    );
    expect(fake.button(message, 'pause')).toBeUndefined();
    await send(fake.press(message, 'resume', 'U100'));
    expect(test.engine.pauseInForce()).toBeNull();
  });

  it('is heard under the name that a proxy passes on, though the healer is called otherwise', async () => {
    const { address } = await startWithSlack();
    const path = '/v1/notifications/slack/chat/actions';
    const headers = { host: 'prunella.example.com' };
    const asked = { headers, body: {} };
    expect((await rawRequest(address, path, asked)).json).toMatchObject({ status: 401 });
    expect((await rawRequest(address, '/v1/session', asked)).json).toMatchObject({
      type: 'urn:prunella:problem:host-refused',
    });
  });

  it('is believed only by a signature of this app, of now, and once', async () => {
    const { fake, send, asked, test } = await startWithSlack();
    const message = await asked();
    const { body, headers } = fake.press(message, 'pause', 'U100');
    const { 'x-slack-signature': _, ...unsigned } = headers;
    const refused = [
      { body, headers: unsigned as typeof headers },
      signed(body, { secret: 'another' }),
      signed(body, { at: Date.now() - 400_000 }),
      signed(body, { at: Date.now() + 400_000 }),
      { body: body.replace('U100', 'U200'), headers },
      { body, headers: { ...headers, 'x-slack-signature': 'v0=' } },
    ];
    for (const request of refused) expect((await send(request)).status).toBe(401);
    expect(test.engine.pauseInForce()).toBeNull();
    expect((await send({ body, headers })).status).toBe(200);
    await test.engine.resume('ada');
    expect((await send({ body, headers })).status, 'the same once more').toBe(401);
    expect(test.engine.pauseInForce()).toBeNull();
    expect((await send(signed(body), 'nowhere')).status).toBe(404);
    expect((await send(signed('payload=nonsense'))).status).toBe(200);
    expect((await send(signed('x'.repeat(300_000)))).status).toBe(413);
  });
});

describe('two channels of one app', () => {
  it('take a press once, whichever of them it is sent to, and also after a reload', async () => {
    const fake = await FakeSlack.start();
    const folder = await temporaryFolder();
    const slack = (channel: string, users = {}) => ({
      type: 'slack',
      token: { environment: 'TOKEN' },
      signingSecret: { environment: 'SECRET' },
      channel,
      users,
      apiUrl: fake.url,
    });
    const channels = { one: slack('C0000000001'), other: slack(slackChannelId) };
    const notifier = await openNotifier({
      configuration: notificationsOf({ channels }),
      allow: () => [],
      folder,
      environment,
      address: () => null,
      onFault: () => {},
    });
    onTestFinished(() => notifier.stop());
    const { body, headers } = signed('payload=%7B%7D');
    const hear = async (name: string) => (await notifier.slack(name)?.hear(headers, body, Date.now()))?.heard;
    expect(await hear('one')).toBe('nothing');
    expect(await hear('other')).toBe('refused');
    notifier.reload(notificationsOf({ channels: { one: slack('C0000000001', { U100: { name: 'ada' } }) } }));
    expect(await hear('one')).toBe('refused');
  });

  it('have one address for presses, and each its own people', async () => {
    const fake = await FakeSlack.start();
    const heard = channelTo(fake, { channel: 'C0000000001', users: { U300: { name: 'grace' } } });
    const own = channelTo(fake);
    const stranger = channelTo(fake, { signingSecret: { environment: 'WRONG' } });
    expect(own.isHeardBy(heard, slackChannelId)).toBe(true);
    expect(own.isHeardBy(heard, 'C0000000001')).toBe(false);
    expect(own.isHeardBy(stranger, slackChannelId), 'an app may not speak for another').toBe(false);
  });
});

describe("Slack's refusals", () => {
  it.each([
    ['a new message', undefined],
    ['an edit', 'the first'],
  ])(
    'of how %s is written do not keep people from being told what is asked of them',
    async (_what, before) => {
      const fake = await FakeSlack.start();
      const channel = channelTo(fake);
      const sent =
        before === undefined
          ? null
          : await channel.send(messageOf([noticeOf({ kind: 'opened' })]), undefined, signal);
      fake.failures.push('invalid_blocks');
      const thread = sent?.sent === true ? sent.thread : undefined;
      expect(await channel.send(messageOf([noticeOf()]), thread, signal)).toMatchObject({
        sent: true,
        note: expect.stringMatching(/^told without its buttons: .*invalid_blocks/),
      });
      const [message] = fake.topLevel;
      expect(message?.text).toContain(
        'Needs you: salt.service.restart on db1.example.com waits for a person',
      );
      expect(message?.text).toContain('prunella approve postgres~main.1.1');
      expect(message?.blocks).toEqual([]);
    },
  );

  it('to take more just now are minded: nothing is sent before the time that it says', async () => {
    const fake = await FakeSlack.start();
    fake.failures.push(30);
    const sent = await channelTo(fake).send(messageOf([noticeOf()]), undefined, signal);
    expect(sent).toMatchObject({ sent: false, retry: 'later', afterMs: 30_000 });
  });

  it.each([
    ['internal_error', 'later'],
    ['msg_too_long', 'never'],
    ['not_in_channel', 'channel'],
    ['token_revoked', 'channel'],
    ['something_new', 'channel'],
  ])('%s: is tried again: %s', async (error, retry) => {
    const fake = await FakeSlack.start();
    fake.failures.push(error);
    const sent = await channelTo(fake).send(messageOf([noticeOf()]), undefined, signal);
    expect(sent).toMatchObject({ sent: false, retry, why: expect.stringContaining(error) });
  });

  it('of a wrong token and of a channel that there is not say what to do, and never the token', async () => {
    const fake = await FakeSlack.start();
    const wrong = await channelTo(fake, { token: { environment: 'WRONG' } }).send(
      messageOf([noticeOf()]),
      undefined,
      signal,
    );
    expect(wrong).toMatchObject({
      retry: 'channel',
      why: expect.stringContaining('take the bot token anew'),
    });
    expect(JSON.stringify(wrong)).not.toContain('xoxb');
    const nowhere = await channelTo(fake, { channel: 'C999' }).send(
      messageOf([noticeOf()]),
      undefined,
      signal,
    );
    expect(nowhere).toMatchObject({ retry: 'channel', why: expect.stringContaining('invite the app') });
  });
});
