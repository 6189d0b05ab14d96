import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openDeliveryStore } from '../../src/notify/delivery/delivery-store.ts';
import type { ChannelStatus } from '../../src/notify/delivery/health.ts';
import type { NotificationDesk } from '../../src/server/routes/notifications.ts';
import type { SlackDesk } from '../../src/server/routes/slack-actions.ts';
import { runCommand } from '../commands/run-command.ts';
import { workshop } from '../healer/workshop.ts';
import { operatorToken, serve, viewerToken } from '../server/serve.ts';
import { noticeOf } from './messages.ts';

const dead: ChannelStatus = {
  channel: 'pager',
  type: 'webhook',
  state: 'dead',
  failingSince: Date.UTC(2026, 10, 26, 3, 0),
  lastError: 'https://events.example.com: ECONNREFUSED',
  lastErrorAt: Date.UTC(2026, 10, 26, 3, 10),
  lastDeliveredAt: null,
  nextTryAt: null,
  waiting: 2,
  waitingForPerson: 1,
  delivered: 5,
  failures: 9,
  lost: 0,
};

function delivery(row: number) {
  return {
    row,
    channel: 'pager',
    state: 'waiting' as const,
    notice: noticeOf({ id: `msg_${row}` }),
    queuedAt: 1,
    attempts: 4,
    error: 'ECONNREFUSED',
    endedAt: null,
  };
}

const rows = [5, 4, 3, 2, 1].map(delivery);
const desk: NotificationDesk & SlackDesk = {
  status: () => [dead],
  deliveries: ({ before = 100, limit }) => rows.filter(({ row }) => row < before).slice(0, limit),
  test: async (channel) =>
    channel === 'pager' ? { sent: false, retry: 'later', why: 'no answer within 10000 ms' } : null,
  slack: () => null,
  slackOf: (heardBy) => heardBy,
  refreshSlack: async () => {},
};

async function shownBy(...words: readonly string[]) {
  const { address } = await serve({ notifications: () => desk });
  return runCommand([...words, '--healer', address], { environment: { PRUNELLA_TOKEN: operatorToken } });
}

describe('GET /v1/notifications', () => {
  it('gives channels, and deliveries page by page', async () => {
    const { call } = await serve({ notifications: () => desk });
    const seen: string[] = [];
    let path: string | null = '/v1/notifications?limit=2';
    while (path !== null) {
      const answer = (await (await call(path, { token: viewerToken })).json()) as {
        readonly channels: readonly unknown[];
        readonly items: readonly { readonly id: string }[];
        readonly next?: string;
      };
      expect(answer.channels).toEqual([dead]);
      seen.push(...answer.items.map(({ id }) => id));
      path = answer.next === undefined ? null : `/v1/notifications?limit=2&cursor=${answer.next}`;
    }
    expect(seen).toEqual(['msg_5', 'msg_4', 'msg_3', 'msg_2', 'msg_1']);
  });
});

describe('prunella notifications', () => {
  it('says which channel is dead, since when, why, and what waits', async () => {
    const { stdout, exitCode } = await shownBy('notifications', '--limit', '1');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'pager  webhook  dead since 2026-11-26 03:00:00Z  5 delivered, 2 waiting, 0 lost since the start',
      '    https://events.example.com: ECONNREFUSED',
      '',
      '2026-11-26 03:17:00Z  pager  waiting  needs-person  postgres/main: salt.service.restart on db1.example.com waits for a person; in 15 min the answer is no (ECONNREFUSED)',
    ]);
  });

  it('test fails where nothing was delivered, with why and what to do', async () => {
    const run = await shownBy('notifications', 'test', 'pager');
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no answer within 10000 ms') });
    const json = await shownBy('notifications', 'test', 'pager', '--json');
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ delivered: false, problem: 'no answer within 10000 ms' });
  });
});

describe('prunella explain', () => {
  it('says before all else that others are not told', async () => {
    const { stdout } = await shownBy('explain');
    expect(stdout).toMatch(
      /^NOBODY IS TOLD BY pager since 2026-11-26 03:00:00Z \(2 waiting\): https:\/\/events\.example\.com: ECONNREFUSED\n/,
    );
    const { stdout: json } = await shownBy('explain', '--json');
    expect(JSON.parse(json).deadChannels).toMatchObject([{ channel: 'pager', waiting: 2 }]);
  });
});

describe('prunella doctor', () => {
  const configuration = `resources: {}
server: { port: 0 }
notifications:
  channels:
    pager: { type: webhook, url: 'https://events.example.com', secrets: [{ environment: HOOK }] }
`;

  async function finding(written: string, prepare: (store: string) => Promise<void> = async () => {}) {
    const { folder, store } = workshop({ configuration: written });
    await prepare(store);
    const { stdout } = await runCommand(['doctor', '--json'], {
      workingDirectory: folder,
      environment: { HOOK: 'x' },
    });
    const { findings } = JSON.parse(stdout) as { findings: { check: string }[] };
    return findings.filter(({ check }) => check === 'notifications');
  }

  it('warns where nobody is told of anything', async () => {
    expect(await finding('resources: {}\n')).toMatchObject([
      { state: 'warning', what: 'nobody is told when something breaks or needs a person' },
    ]);
  });

  it('finds the channel for which messages wait that failed, and says why', async () => {
    expect(await finding(configuration)).toMatchObject([{ state: 'ok' }]);
    const found = await finding(configuration, async (folder) => {
      await mkdir(folder, { recursive: true });
      const { store } = await openDeliveryStore(folder, () => Date.now());
      const waiting = {
        row: store.nextRow(),
        notice: noticeOf(),
        queuedAt: Date.now() - 600_000,
        attempts: 0,
      };
      store.write({ added: [{ channel: 'pager', waiting }] });
      store.write({ failed: [{ row: waiting.row, attempts: 3, error: 'it answered 401' }] });
      store.close();
    });
    expect(found).toMatchObject([
      {
        state: 'problem',
        what: 'the channel pager does not deliver: 1 waiting, the oldest for 10 min',
        why: 'it answered 401',
        remedy: expect.stringContaining('prunella notifications test pager'),
      },
    ]);
  });

  it.each([
    ['all of them', [], 'warning'],
    ['one that was delivered after them', ['delivered'], 'ok'],
  ] as const)('finds the channel that refused the newest notices: %s', async (_, after, state) => {
    const found = await finding(configuration, async (folder) => {
      await mkdir(folder, { recursive: true });
      const { store } = await openDeliveryStore(folder, () => Date.now());
      for (const [index, ended] of (['given-up', 'given-up', 'given-up', ...after] as const).entries()) {
        const waiting = { row: store.nextRow(), notice: noticeOf(), queuedAt: Date.now(), attempts: 0 };
        store.write({ added: [{ channel: 'pager', waiting }] });
        const at = Date.now() - 1_000 + index;
        store.write({ ended: [{ row: waiting.row, state: ended, at, error: 'it answered 422' }] });
      }
      store.close();
    });
    expect(found).toMatchObject([{ state }]);
    if (state === 'warning')
      expect(found).toMatchObject([
        {
          what: expect.stringContaining('the newest 3 notices for the channel pager were given up'),
          why: 'it answered 422',
        },
      ]);
  });
});
