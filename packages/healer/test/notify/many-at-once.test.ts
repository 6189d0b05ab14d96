import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { notificationsOf, openNotifierUnderTest, webhooks } from './notifier-under-test.ts';
import { RecordingChannel } from './recording-channel.ts';
import { closed, names, opened, startWithLog, surroundings, WrittenLog } from './written-log.ts';

describe('a storm', () => {
  it('is one message that names all, and its end another', async () => {
    const channel = new RecordingChannel();
    const { log, clock } = await startWithLog(channel);
    for (const name of names(40)) log.write(name, opened);
    await clock.advance(1_000);
    expect(channel.messages).toHaveLength(1);
    expect(channel.messages[0]).toMatchObject({ digest: true, dropped: 0, present: null });
    expect(channel.messages[0]?.notices.map(({ resource }) => resource)).toEqual(names(40));
    await clock.advance(120_000);
    for (const name of names(40)) log.write(name, closed);
    await clock.advance(1_000);
    expect(channel.messages).toHaveLength(2);
    expect(channel.kinds.filter((kind) => kind === 'recovered')).toHaveLength(40);
  });

  it('that comes one by one is told one by one at first, then together each minute', async () => {
    const channel = new RecordingChannel();
    const { log, clock } = await startWithLog(channel);
    for (const name of names(60)) {
      log.write(name, opened);
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(channel.messages.map(({ notices }) => notices.length)).toEqual([1, 1, 1, 1, 1, 55]);
  });

  it('in a full queue keeps what needs a person, and counts what it drops', async () => {
    const channel = new RecordingChannel();
    channel.answer = () => new Promise(() => {});
    const { log, clock, notifier } = await startWithLog(channel, { queue: 10 });
    // Nobody answers: what was picked first waits, too.
    log.write('redis/first', opened);
    await clock.advance(100);
    for (const name of names(8)) {
      const notification = { resource: name, incident: `${name}.1`, needsPerson: true, text: 'look' };
      void notifier.take({ type: 'notify', ...notification });
    }
    for (const name of names(30)) log.write(name, opened);
    await clock.advance(100);
    expect(notifier.status()).toMatchObject([{ waiting: 10, waitingForPerson: 8, lost: 29 }]);
    const dropped = notifier.deliveries({ state: 'dropped', limit: 100 });
    expect(new Set(dropped.map(({ notice }) => notice.kind))).toEqual(new Set(['opened']));
    channel.answer = async () => ({ sent: true });
    await clock.advance(60_000);
    const digest = channel.messages.find((message) => message.digest);
    expect(digest?.dropped).toBe(29);
    expect(digest?.notices.filter(({ kind }) => kind === 'needs-person')).toHaveLength(8);
  });
});

describe('a message that is never taken', () => {
  it('holds up no other, and is given up in the end', async () => {
    const channel = new RecordingChannel();
    channel.answer = async ({ notices }) =>
      notices[0].resource === 'redis/r0' ? { sent: false, retry: 'later', why: '500' } : { sent: true };
    const { log, clock, notifier } = await startWithLog(channel, { retry: { attempts: 3 } });
    for (const name of names(3)) log.write(name, opened);
    await clock.advance(60_000);
    expect(channel.messages.map(({ notices }) => notices[0].resource)).toEqual(['redis/r1', 'redis/r2']);
    expect(notifier.deliveries({ state: 'given-up', limit: 5 })).toMatchObject([
      { notice: { resource: 'redis/r0' }, error: 'not delivered in 3 tries' },
    ]);
  });

  it('is given up when it is too old', async () => {
    const channel = new RecordingChannel();
    channel.answer = async () => ({ sent: false, retry: 'later', why: 'away' });
    const { log, clock, notifier } = await startWithLog(channel, { retry: { for: '10m', attempts: 10_000 } });
    log.write('redis/a', opened);
    await clock.advance(30 * 60_000);
    const [delivery] = notifier.deliveries({ channel: 'hook', limit: 10 }).toReversed();
    expect(delivery).toMatchObject({ state: 'given-up', error: 'not delivered in 600 s' });
    expect(delivery?.attempts).toBeGreaterThan(3);
  });
});

describe('a reload', () => {
  it('begins with new channels, ends those that are left out, and keeps the others at what they do', async () => {
    const stays = new RecordingChannel();
    const leaves = new RecordingChannel();
    const comes = new RecordingChannel();
    const channels: Record<string, RecordingChannel> = { stays, leaves };
    const under = await openNotifierUnderTest({ folder: await temporaryFolder(), channels });
    const log = new WrittenLog(() => under.clock.now());
    await under.notifier.follow(log, surroundings);
    log.write('redis/a', opened);
    await under.clock.advance(100);
    channels['comes'] = comes;
    under.notifier.reload(notificationsOf({ channels: webhooks('stays', 'comes') }));
    log.write('redis/b', opened);
    await under.clock.advance(100);
    const told = (channel: RecordingChannel) => channel.messages.map(({ notices }) => notices[0].resource);
    expect([told(stays), told(leaves), told(comes)]).toEqual([
      ['redis/a', 'redis/b'],
      ['redis/a'],
      ['redis/b'],
    ]);
    expect([stays.closed, leaves.closed]).toEqual([false, true]);
  });
});

describe('the file of what must be told', () => {
  it('that is damaged is put aside, and said so', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'notifications.db'),
      'this is no database, and long enough to be looked at twice',
    );
    const channel = new RecordingChannel();
    const under = await openNotifierUnderTest({ folder, channels: { hook: channel } });
    expect(under.problem).toMatch(/could not be used .* and is .*unusable-\d+ now$/);
    expect((await readdir(folder)).filter((name) => name.includes('unusable'))).toHaveLength(1);
    const log = new WrittenLog(() => under.clock.now());
    await under.notifier.follow(log, surroundings);
    log.write('redis/a', opened);
    await under.clock.advance(100);
    expect(channel.kinds).toEqual(['opened']);
  });

  it('where there can be none, memory has to do, and that is said', async () => {
    const channel = new RecordingChannel();
    const under = await openNotifierUnderTest({ folder: '/nowhere/at/all', channels: { hook: channel } });
    expect(under.problem).toMatch(/cannot be written .* is lost at the next restart$/);
    const log = new WrittenLog(() => under.clock.now());
    await under.notifier.follow(log, surroundings);
    log.write('redis/a', opened);
    await under.clock.advance(100);
    expect(channel.kinds).toEqual(['opened']);
  });

  it('that takes nothing more keeps nobody from being told', async () => {
    const channel = new RecordingChannel();
    const { log, clock, store, faults } = await startWithLog(channel);
    store.write = () => {
      throw new Error('the disk is full');
    };
    log.write('redis/a', opened);
    await clock.advance(100);
    expect(channel.kinds).toEqual(['opened']);
    expect(faults[0]).toBe('keep what people must be told (it is told from memory): the disk is full');
  });

  it('is not written for what nobody is told', async () => {
    const channel = new RecordingChannel();
    const { log, clock, store } = await startWithLog(channel);
    log.write('redis/a', opened);
    await clock.advance(100);
    let writes = 0;
    const write = store.write.bind(store);
    store.write = (change) => {
      writes += 1;
      write(change);
    };
    for (let count = 0; count < 500; count += 1) {
      log.write('redis/a', { type: 'probe-changed', node: null, passed: false, detail: 'refused' });
    }
    await clock.advance(1_000);
    expect(writes).toBe(0);
  });

  it('of a log that was put back to an earlier one forgets how far it was told', async () => {
    const channel = new RecordingChannel();
    const { log, clock, notifier, folder, stop } = await startWithLog(channel);
    for (const name of names(3)) log.write(name, opened);
    await clock.advance(1_000);
    expect(notifier.status()[0]?.delivered).toBe(3);
    await stop();
    const again = new RecordingChannel();
    const under = await openNotifierUnderTest({ folder, channels: { hook: again }, clock });
    const restored = new WrittenLog(() => clock.now());
    restored.write('redis/r0', opened);
    await under.notifier.follow(restored, surroundings);
    restored.write('redis/young', opened);
    await clock.advance(1_000);
    expect(again.messages.map(({ notices }) => notices[0].resource)).toEqual(['redis/young']);
  });
});
