import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { WebhookPayload } from '../../src/notify/channels/webhook/payload.ts';
import { afterwards, workshop } from '../healer/workshop.ts';
import { alert, playbook, up } from './spawned-healer.ts';

const secret = `whsec_${Buffer.from('a secret of 24 bytes or so').toString('base64')}`;

function configuration(hook: string): string {
  return `
server: { port: 0 }
resources:
  http/shop: { labels: { team: web }, nodes: { one: { target: shop } } }
backends:
  process: { services: { shop: { command: [sleep, '1000'] } } }
notifications:
  pageUrl: https://prunella.example.com/
  channels:
    pager: { type: webhook, url: '${hook}', secrets: [{ environment: HOOK }] }
    quiet: { type: webhook, url: '${hook}/quiet', secrets: [{ environment: HOOK }] }
  routes:
    - { to: [pager], labels: { team: web } }
    - { to: [quiet], labels: { team: data } }
`;
}

/** A receiver that believes only what is signed. It can be closed and opened again on the same port. */
async function receiver() {
  const payloads: WebhookPayload[] = [];
  const paths: string[] = [];
  const answer = { status: 204 };
  const make = () =>
    createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const headers = request.headers as Record<string, string>;
      payloads.push(new Webhook(secret).verify(body, headers) as WebhookPayload);
      paths.push(request.url ?? '');
      response.writeHead(request.url === '/' ? answer.status : 204).end();
    });
  let server = make();
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  afterwards(close);
  return {
    payloads,
    paths,
    answer,
    url: `http://127.0.0.1:${port}`,
    close,
    async open() {
      server = make();
      await listen(port);
    },
    types: () => payloads.map(({ type }) => type),
  };
}

describe('prunella up with a webhook', () => {
  test('pushes what needs a person, signed, and the recovery; what waits survives SIGKILL and a dead receiver', async () => {
    const hook = await receiver();
    const { folder } = workshop({ configuration: configuration(hook.url), playbook });
    const first = await up(folder, { HOOK: secret });

    expect(await first.cli('notifications', 'test', 'pager')).toMatchObject({ exitCode: 0 });
    expect(hook.types()).toEqual(['prunella.test']);
    expect(await first.cli('notifications', 'test', 'pagre')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there are pager, quiet'),
    });

    expect((await first.call('POST', '/v1/signals', alert)).status).toBe(202);
    await waitFor(() => (hook.types().includes('prunella.needs-person') ? true : null), {
      what: 'the question to be pushed',
    });
    expect(hook.types().slice(1, 3)).toEqual(['prunella.opened', 'prunella.needs-person']);
    const asked = hook.payloads[2];
    if (asked === undefined || asked.type === 'prunella.digest') throw new Error('a digest of one');
    const { data } = asked;
    expect(data).toMatchObject({
      resource: 'http/shop',
      labels: { team: 'web' },
      playbook: 'alerts',
      link: `https://prunella.example.com/incidents/${encodeURIComponent(data.incident ?? '')}`,
      summary: expect.stringMatching(/^http\/shop is broken since \d\d:\d\dZ \(.*\): .*the shop answers 500/),
    });
    expect(data.commands).toContain(`prunella approve ${data.approval?.attempt}`);

    // Nobody listens now; the incident is closed all the same, and that is told after a restart.
    await hook.close();
    const closing = `/v1/incidents/${encodeURIComponent(data.incident ?? '')}/close`;
    expect((await first.call('POST', closing, { reason: 'by hand' })).status).toBe(200);
    const shown = await waitFor(
      async () => {
        const { stdout } = await first.cli('notifications', '--json', '--state', 'waiting');
        const answer = JSON.parse(stdout);
        return answer.items.some(({ error }: { error: string | null }) => error !== null) ? answer : null;
      },
      { what: 'a failed delivery to be shown' },
    );
    expect(shown).toMatchObject({
      channels: [
        { channel: 'pager', state: 'failing' },
        { channel: 'quiet', state: 'ok' },
      ],
      items: expect.arrayContaining([
        expect.objectContaining({ channel: 'pager', error: expect.stringContaining('ECONNREFUSED') }),
      ]),
    });
    first.child.kill('SIGKILL');
    await first.ended;
    await hook.open();
    await up(folder, { HOOK: secret });
    await waitFor(() => (hook.types().includes('prunella.recovered') ? true : null), {
      what: 'the recovery to be told',
    });
    expect(hook.types().filter((type) => type === 'prunella.recovered')).toHaveLength(1);
    expect(hook.paths).not.toContain('/quiet');
  });

  test('says that nobody is told by a receiver that refuses each message, until it takes one', async () => {
    const hook = await receiver();
    hook.answer.status = 422;
    const { folder } = workshop({ configuration: configuration(hook.url), playbook });
    const { call, cli } = await up(folder, { HOOK: secret });
    const channels = async () => JSON.parse((await cli('notifications', '--json')).stdout).channels;
    const isDead = async () =>
      (await (await call('GET', '/metrics')).text()).match(
        /^prunella_notification_channel_dead\{channel="pager"\} (\d)$/m,
      )?.[1];
    await call('POST', '/v1/signals', alert);
    await waitFor(() => hook.types().includes('prunella.needs-person'), {
      what: 'the question to be pushed',
    });
    await waitFor(async () => (await channels())[0].lost === 2, { what: 'both messages to be given up' });
    expect(await isDead()).toBe('0');
    const asked = hook.payloads.find(({ type }) => type === 'prunella.needs-person');
    if (asked === undefined || asked.type === 'prunella.digest') throw new Error('a digest of one');
    const closing = `/v1/incidents/${encodeURIComponent(asked.data.incident ?? '')}/close`;
    expect((await call('POST', closing, { reason: 'by hand' })).status).toBe(200);
    await waitFor(async () => (await isDead()) === '1', { what: 'the third refusal to be counted' });
    expect((await channels())[0]).toMatchObject({ channel: 'pager', state: 'dead', waiting: 0, lost: 3 });
    const { stdout } = await cli('notifications');
    expect(stdout).toMatch(
      /^pager {2}webhook {2}dead since .*0 waiting, 3 lost.*\n.* answered 422: it does not take/,
    );
    expect((await cli('explain')).stdout).toMatch(/^NOBODY IS TOLD BY pager since .* answered 422/);
    await waitFor(() => hook.paths.includes('/quiet'), { what: 'the other channel to tell of it' });
    hook.answer.status = 204;
    expect(await cli('notifications', 'test', 'pager')).toMatchObject({ exitCode: 0 });
    expect(await isDead()).toBe('0');
    expect((await cli('explain')).stdout).not.toContain('NOBODY IS TOLD');
  });

  test('takes channels that a reload brings, and makes no file where nobody is to be told', async () => {
    const hook = await receiver();
    const { folder, configurationFile, store } = workshop({
      configuration: configuration(hook.url).replace(/notifications:[\s\S]*/, ''),
      playbook,
    });
    const { call, child, cli } = await up(folder, { HOOK: secret });
    expect(existsSync(join(store, 'notifications.db'))).toBe(false);
    expect((await cli('notifications')).stdout).toContain('Nobody is told of anything');
    writeFileSync(configurationFile, configuration(hook.url));
    child.kill('SIGHUP');
    await waitFor(
      async () => {
        const { channels } = (await (await call('GET', '/v1/notifications')).json()) as {
          channels: unknown[];
        };
        return channels.length === 2 ? true : null;
      },
      { what: 'the channels of the new configuration' },
    );
    await call('POST', '/v1/signals', alert);
    await waitFor(() => (hook.types().includes('prunella.needs-person') ? true : null), {
      what: 'the question to be pushed',
    });
  });
});
