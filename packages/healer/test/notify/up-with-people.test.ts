import { waitFor } from '@prunella/labs';
import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { workshop } from '../healer/workshop.ts';
import { FakeSlack, slackChannelId, slackSecret, slackToken } from './fake-slack.ts';
import { mailServer } from './mail-server.ts';
import { alert, playbook, up } from './spawned-healer.ts';

function configuration(channel: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    server: { port: 0 },
    resources: { 'http/shop': { nodes: { one: { target: 'shop' } } } },
    backends: { process: { services: { shop: { command: ['sleep', '1000'] } } } },
    notifications: { pageUrl: 'https://prunella.example.com', channels: { people: channel } },
  });
}

test('prunella up with Slack asks there, does what a press of its button says, and tells how it went on', async () => {
  const fake = await FakeSlack.start();
  const { folder } = workshop({
    configuration: configuration({
      type: 'slack',
      token: { environment: 'SLACK_TOKEN' },
      signingSecret: { environment: 'SLACK_SECRET' },
      channel: slackChannelId,
      users: { U100: { name: 'anna' } },
      apiUrl: fake.url,
    }),
    playbook,
  });
  const healer = await up(folder, { SLACK_TOKEN: slackToken, SLACK_SECRET: slackSecret });
  expect((await healer.call('POST', '/v1/signals', alert)).status).toBe(202);
  const message = await waitFor(
    () => fake.topLevel.find((each) => fake.button(each, 'reject') !== undefined) ?? null,
    { what: 'the question in Slack' },
  );
  expect(message.text).toMatch(/^\[needs you\] http\/shop is broken since .*the shop answers 500/);

  const pressed = await fetch(`${healer.address}/v1/notifications/slack/people/actions`, {
    method: 'POST',
    ...fake.press(message, 'reject', 'U100'),
  });
  expect(pressed.status).toBe(200);
  await waitFor(() => (fake.ephemerals.length > 0 ? true : null), { what: 'the answer to who pressed' });
  expect(fake.ephemerals).toEqual([
    { user: 'U100', text: 'rejected; the step is passed over in this incident' },
  ]);
  await waitFor(() => (fake.button(message, 'reject') === undefined ? true : null), {
    what: 'the message without its question',
  });
  await waitFor(() => fake.replies.find(({ text }) => text.includes('was not approved by anna')) ?? null, {
    what: 'the story in the thread',
  });
  expect(fake.topLevel).toHaveLength(1);
  const incidents = await (await healer.call('GET', '/v1/incidents')).json();
  expect(JSON.stringify(incidents)).toContain('anna');
});

test('prunella up with e-mail sends the question and the recovery as one thread', async () => {
  const { received, port } = await mailServer();
  const { folder } = workshop({
    configuration: configuration({
      type: 'email',
      from: 'Prunella <prunella@example.com>',
      to: ['ops@example.com'],
      host: '127.0.0.1',
      port,
      security: 'none',
    }),
    playbook,
  });
  const healer = await up(folder, {});
  expect((await healer.call('POST', '/v1/signals', alert)).status).toBe(202);
  const mails = () => Promise.all(received.map(({ raw }) => PostalMime.parse(raw)));
  const mailThat = (what: RegExp) =>
    waitFor(async () => (await mails()).find(({ subject = '' }) => what.test(subject)) ?? null, {
      what: `a mail ${what}`,
    });
  const asked = await mailThat(/^\[needs you\] http\/shop broken since/);
  expect(asked.text).toMatch(/http\/shop is broken since .*the shop answers 500/);
  expect(asked.text).toMatch(/^ {4}prunella approve /m);

  const { incidents } = (await (await healer.call('GET', '/v1/incidents')).json()) as {
    incidents: { incident: string }[];
  };
  const closing = `/v1/incidents/${encodeURIComponent(incidents[0]?.incident ?? '')}/close`;
  expect((await healer.call('POST', closing, { reason: 'by hand' })).status).toBe(200);
  const over = await mailThat(/^\[well again\] http\/shop/);
  const first = (await mails())[0];
  expect(over.references?.split(' ')).toContain(first?.messageId);
  expect(received.every(({ recipients }) => recipients.join() === 'ops@example.com')).toBe(true);
});
