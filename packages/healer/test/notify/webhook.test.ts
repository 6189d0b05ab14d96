import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Channel } from '../../src/notify/channel.ts';
import { webhookPayload } from '../../src/notify/channels/webhook/payload.ts';
import { webhookChannel } from '../../src/notify/channels/webhook/webhook-channel.ts';
import type { Notice } from '../../src/notify/notice.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import { messageOf, noticeOf } from './messages.ts';

const oldSecret = `whsec_${Buffer.from('the old secret, 24 bytes').toString('base64')}`;
const newSecret = `whsec_${Buffer.from('the new secret, 24 bytes').toString('base64')}`;
const environment = { OLD: oldSecret, NEW: newSecret };

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver of webhooks on a free port. */
async function receiver(answer: { status: number; headers?: Record<string, string> } = { status: 204 }) {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function channelTo(url: string, ...variables: readonly (keyof typeof environment)[]): Channel {
  return webhookChannel(
    {
      type: 'webhook',
      url,
      secrets: variables.map((variable) => ({ environment: variable })),
      timeoutMs: 5_000,
    },
    { environment, outgoing: createOutgoing() },
  );
}

const signal = new AbortController().signal;

describe('a webhook', () => {
  it("is what Standard Webhooks' own library believes, and nobody else's", async () => {
    const { received, url } = await receiver();
    const message = messageOf([noticeOf()], { now: Date.now() });
    expect(await channelTo(url, 'NEW').send(message, undefined, signal)).toEqual({ sent: true });
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const payload = new Webhook(newSecret).verify(body, headers);
    expect(webhookPayload.parse(payload)).toMatchObject({
      type: 'prunella.needs-person',
      data: {
        resource: 'postgres/main',
        incident: 'postgres~main.1',
        link: 'https://prunella.example.com/incidents/postgres~main.1',
        commands: ['prunella approve postgres~main.1.1', 'prunella reject postgres~main.1.1'],
        approval: { attempt: 'postgres~main.1.1', expiresAt: expect.stringMatching(/Z$/) },
        explanation: { state: 'open' },
      },
    });
    expect(() => new Webhook(oldSecret).verify(body, headers)).toThrow(/No matching signature/);
    expect(() => new Webhook(newSecret).verify(`${body} `, headers)).toThrow(/No matching signature/);
    expect(headers['webhook-id']).toBe(message.notices[0].id);
  });

  it('while a secret is replaced, is believed by those who know the old one and by those who know the new', async () => {
    const { received, url } = await receiver();
    await channelTo(url, 'NEW', 'OLD').send(messageOf([noticeOf()], { now: Date.now() }), undefined, signal);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(new Webhook(oldSecret).verify(body, headers)).toEqual(
      new Webhook(newSecret).verify(body, headers),
    );
  });

  it('of many at once names them all', async () => {
    const { received, url } = await receiver();
    const notices = Array.from({ length: 30 }, (_, index) =>
      noticeOf({ resource: `postgres/db${index}`, incident: `i${index}` }),
    );
    await channelTo(url, 'NEW').send(messageOf(notices, { digest: true, dropped: 4 }), undefined, signal);
    const payload = webhookPayload.parse(JSON.parse(received[0]?.body ?? ''));
    if (payload.type !== 'prunella.digest') throw new Error(`it is ${payload.type}`);
    expect(payload.data.notices.map(({ resource }) => resource)).toEqual(
      notices.map(({ resource }) => resource),
    );
    expect(payload.data).toMatchObject({
      dropped: 4,
      summary: 'Many at once: 30 resources, 30 notices; 30 need you.',
    });
  });

  it('of many bears the same id only while it names the same, so that a receiver leaves out nothing new', async () => {
    const { received, url } = await receiver();
    const notices = ['a', 'b', 'c'].map((id) => noticeOf({ id: `msg_${id}`, incident: id }));
    const [first, second, third] = notices as [Notice, Notice, Notice];
    for (const named of [
      [first, second],
      [first, second],
      [first, third],
    ]) {
      await channelTo(url, 'NEW').send(messageOf(named, { digest: true }), undefined, signal);
    }
    const [one, again, other] = received.map(({ headers }) => headers['webhook-id']);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it.each([
    [500, 'later'],
    [503, 'later'],
    [429, 'later'],
    [400, 'never'],
    [422, 'never'],
    [401, 'channel'],
    [404, 'channel'],
    [410, 'channel'],
    [302, 'channel'],
  ])('that is answered %i is tried again: %s', async (status, retry) => {
    const { url } = await receiver({
      status,
      headers: { location: 'http://127.0.0.1:1/', 'retry-after': '7' },
    });
    const sent = await channelTo(url, 'NEW').send(messageOf([noticeOf()]), undefined, signal);
    expect(sent).toMatchObject({ sent: false, retry, why: expect.stringContaining(String(status)) });
    if (retry === 'later') expect(sent).toMatchObject({ afterMs: 7_000 });
  });

  it('never goes to where a cloud hands out its secrets', async () => {
    const sent = await channelTo('http://169.254.169.254/latest', 'NEW').send(
      messageOf([noticeOf()]),
      undefined,
      signal,
    );
    expect(sent).toMatchObject({
      sent: false,
      retry: 'channel',
      why: expect.stringContaining('169.254.169.254'),
    });
  });

  it('without its secret says which one is missing, and sends nothing', async () => {
    const { received, url } = await receiver();
    const channel = webhookChannel(
      { type: 'webhook', url, secrets: [{ environment: 'NOWHERE' }], timeoutMs: 5_000 },
      { environment, outgoing: createOutgoing() },
    );
    expect(await channel.send(messageOf([noticeOf()]), undefined, signal)).toMatchObject({
      retry: 'channel',
      why: expect.stringContaining('NOWHERE is not set'),
    });
    expect(received).toEqual([]);
  });
});

describe('the JSON Schema of webhooks', () => {
  it('names every type of message', () => {
    const schema = readFileSync(new URL('../../schema/notification.json', import.meta.url), 'utf8');
    for (const type of [
      'needs-person',
      'opened',
      'attempt',
      'recovered',
      'paused',
      'alarm',
      'test',
      'digest',
    ]) {
      expect(schema).toContain(`prunella.${type}`);
    }
  });
});
