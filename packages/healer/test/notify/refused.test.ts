import { describe, expect, it } from 'vitest';
import type { Sent } from '../../src/notify/channel.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { notificationsOf, openNotifierUnderTest, webhooks } from './notifier-under-test.ts';
import { RecordingChannel } from './recording-channel.ts';
import { opened, surroundings, WrittenLog } from './written-log.ts';

const refused: Sent = { sent: false, retry: 'never', why: 'it answered 422' };
const away: Sent = { sent: false, retry: 'later', why: 'it answered 500' };

/** Two channels; the first answers as a test says. One thing after the other happens, far enough apart for no digest. */
async function start() {
  const hook = new RecordingChannel();
  const other = new RecordingChannel();
  const channels = { hook, other };
  const under = await openNotifierUnderTest({
    folder: await temporaryFolder(),
    channels,
    written: { retry: { longest: '1s' } },
  });
  const log = new WrittenLog(() => under.clock.now());
  await under.notifier.follow(log, surroundings);
  let number = 0;
  const tell = async (answer: Sent) => {
    hook.answer = async () => answer;
    number += 1;
    log.write(`redis/r${number}`, opened);
    await under.clock.advance(30_000);
  };
  const status = () => under.notifier.status()[0];
  const saidOfIt = () => other.texts.filter((text) => text.includes('hook'));
  return { ...under, channels, hook, tell, status, saidOfIt };
}

describe('a channel that refuses', () => {
  it('one message after the other is dead until it takes one, and the others tell of it once', async () => {
    const { clock, tell, status, saidOfIt, faults } = await start();
    const since = clock.now();
    await tell(refused);
    expect(status()).toMatchObject({ state: 'ok', lost: 1, lastError: 'it answered 422' });
    await tell(refused);
    expect(status()).toMatchObject({ state: 'failing' });
    expect(saidOfIt()).toEqual([]);
    await tell(refused);
    expect(status()).toMatchObject({ state: 'dead', lost: 3, failures: 3, waiting: 0 });
    expect((status()?.failingSince ?? 0) - since).toBeLessThan(1_000);
    await tell(refused);
    expect(saidOfIt()).toEqual(['the channel hook delivers nothing: it answered 422']);
    expect(faults).toEqual(['tell people by hook: they hear nothing: it answered 422']);
    await tell({ sent: true });
    expect(status()).toMatchObject({ state: 'ok', failingSince: null, delivered: 1, lost: 4 });
    await tell(refused);
    await tell(refused);
    expect(status(), 'counted anew').toMatchObject({ state: 'failing' });
  });

  it('what is wrong with one message, and takes the next, is well', async () => {
    const { tell, status, saidOfIt } = await start();
    for (let time = 0; time < 5; time += 1) {
      await tell(refused);
      expect(status()).toMatchObject({ state: 'ok' });
      await tell({ sent: true });
    }
    expect(saidOfIt()).toEqual([]);
  });

  it('and fails in between is dead as well: neither hides the other', async () => {
    const { tell, status, saidOfIt } = await start();
    await tell(away);
    // That one is refused now, too.
    await tell(refused);
    expect(status()).toMatchObject({ state: 'failing', waiting: 0, lost: 2 });
    await tell(away);
    await tell(refused);
    expect(status()).toMatchObject({ state: 'dead', waiting: 0, lost: 4 });
    expect(saidOfIt()).toHaveLength(1);
  });

  it('is well again when it takes a test, or is configured anew: what it refused is tried no more', async () => {
    for (const mend of ['test', 'reload'] as const) {
      const { notifier, channels, hook, tell, status } = await start();
      for (let time = 0; time < 3; time += 1) await tell(refused);
      expect(status()).toMatchObject({ state: 'dead', waiting: 0 });
      hook.answer = async () => ({ sent: true });
      if (mend === 'test') expect(await notifier.test('hook', 'ada')).toEqual({ sent: true });
      else {
        channels.hook = new RecordingChannel();
        const { hook: former, other } = webhooks('hook', 'other');
        const written = { hook: { ...former, url: 'https://example.com/mended' }, other };
        notifier.reload(notificationsOf({ channels: written }));
      }
      expect(status(), mend).toMatchObject({ state: 'ok', failingSince: null, lost: 3 });
    }
  });
});

it('a test that is taken lets go at once what waits for a channel that failed', async () => {
  const { clock, notifier, hook, tell, status } = await start();
  await tell({ sent: false, retry: 'channel', why: 'it answered 401', afterMs: 3_000_000 });
  expect(status()).toMatchObject({ state: 'dead', waiting: 1 });
  hook.answer = async () => ({ sent: true });
  await notifier.test('hook', 'ada');
  await clock.advance(0);
  expect(status()).toMatchObject({ state: 'ok', waiting: 0, delivered: 1 });
  expect(hook.kinds).toEqual(['test', 'opened']);
});
