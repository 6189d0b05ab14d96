import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sent } from '../../src/notify/channel.ts';
import type { Message } from '../../src/notify/notice.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { presentOf } from './messages.ts';
import { notificationsOf, openNotifierUnderTest, webhooks } from './notifier-under-test.ts';
import { RecordingChannel } from './recording-channel.ts';
import { names, opened, startWithLog, surroundings, WrittenLog } from './written-log.ts';

const away: Sent = { sent: false, retry: 'later', why: 'away' };

function question(resource: string) {
  return {
    type: 'notify',
    resource,
    incident: `${resource}.1`,
    needsPerson: true,
    text: 'waits for a person',
  } as const;
}

describe('how an incident stands', () => {
  it('where it cannot be looked up keeps nobody from being told, and the healer from nothing', async () => {
    const channel = new RecordingChannel();
    const folder = await temporaryFolder();
    const under = await openNotifierUnderTest({ folder, channels: { hook: channel } });
    const log = new WrittenLog(() => under.clock.now());
    let asked = 0;
    const present = () => {
      asked += 1;
      // A loop that never lets go would keep this test from its end.
      return asked > 20
        ? new Promise<never>(() => {})
        : Promise.reject(new Error('the store cannot be read'));
    };
    await under.notifier.follow(log, { ...surroundings, present });
    log.write('redis/a', opened);
    await under.clock.advance(100);
    expect(asked).toBe(1);
    expect(channel.kinds).toEqual(['opened']);
    expect(under.faults).toEqual([expect.stringContaining('the store cannot be read')]);
  });

  it('where the file of messages cannot be read keeps nobody from being told', async () => {
    const channel = new RecordingChannel();
    const { log, clock, store } = await startWithLog(channel);
    store.thread = () => {
      throw new Error('disk I/O error');
    };
    log.write('redis/a', opened);
    log.write('redis/a', { type: 'incident-closed', reason: 'well', credit: { to: 'itself' } });
    await clock.advance(1_000);
    expect(channel.kinds).toEqual(['opened', 'recovered']);
  });

  it('is known also of what waited over a restart', async () => {
    const broken = new RecordingChannel();
    broken.answer = async () => away;
    const { log, clock, folder, stop } = await startWithLog(broken);
    log.write('redis/a', opened);
    await clock.advance(100);
    await stop();
    const channel = new RecordingChannel();
    const after = await openNotifierUnderTest({ folder, channels: { hook: channel }, clock });
    await clock.advance(1_000);
    expect(channel.messages, 'nothing is known of the incident yet').toEqual([]);
    await after.notifier.follow(log, surroundings);
    await clock.advance(1_000);
    expect(channel.messages.map(({ present }) => present)).toEqual([presentOf()]);
  });
});

describe('a channel that is left out while something waits for it', () => {
  const routes = [{ to: ['pager'], events: ['needs-person'] }];

  it('hands over what its successor was not told of, by a reload', async () => {
    const pager = new RecordingChannel();
    pager.answer = async () => away;
    const chat = new RecordingChannel();
    const young = new RecordingChannel();
    const channels = { pager, chat, young };
    const folder = await temporaryFolder();
    const under = await openNotifierUnderTest({
      folder,
      channels,
      written: { channels: webhooks('pager', 'chat'), routes: [...routes, { to: ['chat'] }] },
    });
    const log = new WrittenLog(() => under.clock.now());
    await under.notifier.follow(log, surroundings);
    void under.notifier.take(question('redis/a'));
    await under.clock.advance(100);
    expect([chat.kinds, pager.kinds]).toEqual([['needs-person'], []]);
    under.notifier.reload(
      notificationsOf({
        channels: webhooks('young', 'chat'),
        routes: [{ to: ['young'], events: ['needs-person'] }, { to: ['chat'] }],
      }),
    );
    await under.clock.advance(100);
    expect([chat.kinds, young.kinds]).toEqual([['needs-person'], ['needs-person']]);
    expect(young.messages[0]?.notices[0].id).toBe(chat.messages[0]?.notices[0].id);
  });

  it('hands it over at a restart, too, where somebody is to be told of it', async () => {
    const pager = new RecordingChannel();
    pager.answer = async () => away;
    const folder = await temporaryFolder();
    const before = await openNotifierUnderTest({ folder, channels: { pager }, written: { routes } });
    const log = new WrittenLog(() => before.clock.now());
    await before.notifier.follow(log, surroundings);
    void before.notifier.take(question('redis/a'));
    await before.clock.advance(100);
    await before.stop();
    const [young, other] = [new RecordingChannel(), new RecordingChannel()];
    const after = await openNotifierUnderTest({
      folder,
      clock: before.clock,
      channels: { young, other },
      written: {
        routes: [
          { to: ['young'], events: ['needs-person'] },
          { to: ['other'], events: ['opened'] },
        ],
      },
    });
    await after.notifier.follow(log, surroundings);
    await after.clock.advance(100);
    expect([young.kinds, other.kinds]).toEqual([['needs-person'], []]);
    const old = after.store.list({ channel: 'pager', limit: 5 });
    expect(old).toMatchObject([{ state: 'given-up', error: 'the channel is not configured any more' }]);
  });
});

describe('one message that names many', () => {
  async function startStorm(answer: (message: Message) => Sent) {
    const channel = new RecordingChannel();
    channel.answer = async (message) => answer(message);
    const started = await startWithLog(channel);
    for (const name of names(40)) started.log.write(name, opened);
    void started.notifier.take(question('redis/r39'));
    return { ...started, channel };
  }

  it('and is refused, such as for its size, is told in smaller ones, what needs a person first', async () => {
    const { channel, clock, notifier } = await startStorm(({ notices }) =>
      notices.length > 12 ? { sent: false, retry: 'never', why: 'it answered 413' } : { sent: true },
    );
    await clock.advance(1_000);
    expect(channel.kinds).toContain('needs-person');
    await clock.advance(10 * 60_000);
    expect(channel.messages.flatMap(({ notices }) => notices)).toHaveLength(41);
    expect(notifier.status()).toMatchObject([{ waiting: 0, lost: 0, delivered: 41 }]);
  });

  it('and holds what is never taken, costs only that', async () => {
    const { channel, clock, notifier } = await startStorm(({ notices }) =>
      notices.some(({ resource }) => resource === 'redis/r7')
        ? { sent: false, retry: 'never', why: 'it answered 422' }
        : { sent: true },
    );
    await clock.advance(15 * 60_000);
    expect(channel.messages.flatMap(({ notices }) => notices)).toHaveLength(40);
    expect(notifier.deliveries({ state: 'given-up', limit: 50 })).toMatchObject([
      { notice: { resource: 'redis/r7' }, error: 'it answered 422' },
    ]);
  });

  it('to a receiver that takes nothing at all, leaves it alone more and more', async () => {
    const { channel, clock, notifier } = await startStorm(() => ({
      sent: false,
      retry: 'never',
      why: 'it answered 400',
    }));
    await clock.advance(1_000);
    expect(channel.tried.length).toBeLessThan(12);
    expect(notifier.status()[0]?.nextTryAt).toBeGreaterThan(clock.now());
    channel.answer = async () => ({ sent: true });
    const lost = notifier.status()[0]?.lost ?? 0;
    await clock.advance(10 * 60_000);
    expect(channel.messages.flatMap(({ notices }) => notices)).toHaveLength(41 - lost);
  });

  it('and fails again and again for one of them, does not hold up the others', async () => {
    const { channel, clock } = await startStorm(({ notices }) =>
      notices.some(({ resource }) => resource === 'redis/r7')
        ? { sent: false, retry: 'later', why: 'it answered 500' }
        : { sent: true },
    );
    await clock.advance(3 * 3_600_000);
    expect(channel.messages.flatMap(({ notices }) => notices)).toHaveLength(40);
  });
});

describe('a channel that is left out', () => {
  it('hands over only what was not told, however many notices came since', async () => {
    const away = async (): Promise<Sent> => ({ sent: false, retry: 'later', why: 'away' });
    const [first, second, third, chat] = [0, 1, 2, 3].map(() => new RecordingChannel());
    if (!first || !second || !third || !chat) throw new Error('four channels');
    for (const channel of [first, second]) channel.answer = away;
    const under = await openNotifierUnderTest({
      folder: await temporaryFolder(),
      channels: { first, second, third, chat },
      written: { channels: webhooks('first', 'chat') },
    });
    const log = new WrittenLog(() => under.clock.now());
    await under.notifier.follow(log, surroundings);
    void under.notifier.take(question('redis/a'));
    await under.clock.advance(100);
    const [told] = chat.messages.flatMap(({ notices }) => notices);
    // What others wrote in between, as after hours of incidents.
    for (let count = 0; count < 1_100; count += 1) under.store.nextRow();
    for (const name of ['second', 'third']) {
      under.notifier.reload(notificationsOf({ channels: webhooks(name, 'chat') }));
      await under.clock.advance(100);
    }
    const ids = (channel: RecordingChannel) =>
      channel.messages.flatMap(({ notices }) => notices.map(({ id }) => id));
    expect(ids(third)).toEqual([told?.id]);
    await under.clock.advance(3_600_000);
    expect(ids(chat)).toEqual([told?.id]);
  });
});

describe('the file of what must be told', () => {
  it('that is damaged in its middle is put aside, and said so', async () => {
    const folder = await temporaryFolder();
    const { log, clock, stop } = await startWithLog(new RecordingChannel(), {}, folder);
    for (const name of names(200)) log.write(name, opened);
    await clock.advance(1_000);
    await stop();
    const file = join(folder, 'notifications.db');
    const damaged = readFileSync(file);
    // Pages in the middle, which nobody looks at to open it.
    const middle = Math.floor(damaged.length / 8_192) * 4_096;
    damaged.fill(0xa5, middle, middle + 8_192);
    writeFileSync(file, damaged);
    const channel = new RecordingChannel();
    const under = await openNotifierUnderTest({ folder, channels: { hook: channel }, clock });
    expect(under.problem).toMatch(/could not be used .* and is .*unusable-\d+ now$/);
    await under.notifier.follow(log, surroundings);
    log.write('redis/young', opened);
    await clock.advance(1_000);
    expect(channel.kinds).toEqual(['opened']);
  });
});
