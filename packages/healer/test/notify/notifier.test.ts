import { describe, expect, it } from 'vitest';
import { surroundingsOf } from '../../src/notify/surroundings.ts';
import { resource } from '../engine/engine-under-test.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { allDown, allWell, openNotifierUnderTest, startNotified } from './notifier-under-test.ts';
import { RecordingChannel } from './recording-channel.ts';

type Started = Awaited<ReturnType<typeof startNotified>>;

/** Until the first step is due. */
async function outage({ test }: Started, seconds = 12): Promise<void> {
  await test.pass(3, allWell);
  test.database(false);
  await test.pass(seconds, allDown);
}

async function recovery({ test }: Started): Promise<void> {
  test.database(true);
  await test.pass(10, allWell);
}

describe('an incident', () => {
  it('is told once when it opens, when a person is needed, and when it is over', async () => {
    const channel = new RecordingChannel();
    const started = await startNotified({ folder: await temporaryFolder(), channels: { hook: channel } });
    await outage(started);
    expect(channel.kinds).toEqual(['opened', 'needs-person']);
    await started.test.pass(5, allDown);
    expect(channel.kinds, 'that it is still so is not told').toHaveLength(2);
    await recovery(started);
    expect(channel.kinds).toEqual(['opened', 'needs-person', 'recovered']);
    expect(channel.texts.at(-1)).toMatch(/^it recovered by itself, after \d+ s$/);
  });

  it('that needs a person says why, what comes next, and exactly what to type', async () => {
    const channel = new RecordingChannel();
    const started = await startNotified({ folder: await temporaryFolder(), channels: { hook: channel } });
    await outage(started);
    const [notice] = channel.messages.at(-1)?.notices ?? [];
    const attempt = notice?.approval?.attempt;
    expect(notice).toMatchObject({
      kind: 'needs-person',
      resource,
      playbook: 'database',
      explanation: {
        state: 'open',
        next: { what: expect.stringContaining('waits for a person') },
        remedies: expect.arrayContaining([`prunella approve ${attempt}`, `prunella reject ${attempt}`]),
      },
      approval: { action: 'stand-in.apply', targets: ['minion1'], expiresAt: expect.any(Number) },
    });
  });

  it('tells of attempts and of what became of them', async () => {
    const channel = new RecordingChannel();
    const backend = new StandInBackend();
    const started = await startNotified({
      folder: await temporaryFolder(),
      channels: { hook: channel },
      autonomy: 'auto',
      backend,
    });
    await outage(started);
    backend.sent[0]?.end({ outcome: 'succeeded', summary: 'applied', targets: [] });
    await recovery(started);
    expect(channel.kinds).toEqual(['opened', 'attempt', 'attempt', 'recovered']);
    expect(channel.texts[1]).toMatch(/^stand-in\.apply begins on minion1 \(run 1/);
    expect(channel.texts[2]).toMatch(/^stand-in\.apply was effective/);
    expect(channel.texts[3]).toMatch(/^repaired by stand-in\.apply, after/);
  });

  it('that is only suspected is told of, and its end to those who were told, to nobody else', async () => {
    const told = new RecordingChannel();
    const other = new RecordingChannel();
    const started = await startNotified({
      folder: await temporaryFolder(),
      channels: { told, other },
      written: { routes: [{ to: ['told'] }, { to: ['other'], events: ['recovered'] }] },
    });
    // The instances are sick, and the healer's own probe passes.
    await started.test.pass(3, allWell);
    await started.test.pass(10, allDown);
    expect(told.kinds).toEqual(['needs-person']);
    expect(told.messages[0]?.notices[0]).toMatchObject({ explanation: { state: 'suspected' } });
    await started.test.pass(5, allWell);
    expect(told.kinds).toEqual(['needs-person', 'recovered']);
    expect(told.texts[1]).toMatch(/^no longer suspected: /);
    expect(other.kinds).toEqual([]);
  });

  it('a pause of everything and its end are told once, whatever is open', async () => {
    const channel = new RecordingChannel();
    const started = await startNotified({ folder: await temporaryFolder(), channels: { hook: channel } });
    await outage(started);
    await started.test.engine.pause('ada', 'migration');
    await started.test.engine.resume('grace');
    await started.test.pass(2, allDown);
    const told = channel.messages.flatMap(({ notices }) => notices).filter(({ kind }) => kind === 'paused');
    expect(told.map(({ text, resource: about }) => [about, text])).toEqual([
      [null, 'all repairs are paused by ada: migration; nothing runs until `prunella resume`'],
      [null, 'repairs go on, says grace'],
    ]);
  });
});

describe('a dead channel', () => {
  it('that hangs for ever holds neither a repair nor another channel', async () => {
    const hanging = new RecordingChannel();
    hanging.answer = () => new Promise(() => {});
    const working = new RecordingChannel();
    const backend = new StandInBackend();
    const started = await startNotified({
      folder: await temporaryFolder(),
      channels: { hanging, working },
      autonomy: 'auto',
      backend,
    });
    await outage(started);
    backend.sent[0]?.end({ outcome: 'succeeded', summary: 'applied', targets: [] });
    await recovery(started);
    const [incident] = await started.test.engine.incidents({ limit: 1 });
    expect(incident).toMatchObject({ state: 'closed', story: expect.stringContaining('repaired by') });
    expect(working.kinds).toEqual(['opened', 'attempt', 'attempt', 'recovered']);
    expect(hanging.messages).toEqual([]);
    expect(started.notifier.status()).toMatchObject([
      { channel: 'hanging', state: 'failing', lastError: 'no answer within 5000 ms', waiting: 4 },
      { channel: 'working', state: 'ok', waiting: 0, delivered: 4 },
    ]);
  });

  it('is tried again until it works, in the order in which things happened', async () => {
    const channel = new RecordingChannel();
    let failures = 3;
    channel.answer = async () =>
      failures-- > 0 ? { sent: false, retry: 'later', why: 'the network is down' } : { sent: true };
    const started = await startNotified({ folder: await temporaryFolder(), channels: { hook: channel } });
    await outage(started);
    await started.test.pass(30, allDown);
    expect(channel.kinds).toEqual(['opened', 'needs-person']);
    expect(new Set(channel.tried.slice(0, 4).map(({ notices }) => notices[0].id)).size).toBe(1);
    const [first] = started.notifier.deliveries({ limit: 10 }).toReversed();
    expect(first).toMatchObject({ state: 'delivered', attempts: 3, error: 'the network is down' });
  });

  it('is told of by the others, and in the own output', async () => {
    const dead = new RecordingChannel();
    dead.answer = async () => ({ sent: false, retry: 'later', why: 'ECONNREFUSED' });
    const other = new RecordingChannel();
    const started = await startNotified({ folder: await temporaryFolder(), channels: { dead, other } });
    await outage(started);
    await started.test.pass(120, allDown);
    expect(other.texts.filter((text) => text.includes('dead'))).toEqual([
      'the channel dead delivers nothing: ECONNREFUSED',
    ]);
    expect(started.faults).toEqual(['tell people by dead: they hear nothing: ECONNREFUSED']);
    expect(started.notifier.status()[0]).toMatchObject({
      state: 'dead',
      waitingForPerson: expect.any(Number),
    });
  });
});

describe('a restart', () => {
  it('sends what waited, and nothing twice', async () => {
    const folder = await temporaryFolder();
    const broken = new RecordingChannel();
    broken.answer = async () => ({ sent: false, retry: 'later', why: 'away' });
    const before = await startNotified({ folder, channels: { hook: broken } });
    await outage(before);
    await before.test.stop();
    await before.stop();
    const channel = new RecordingChannel();
    const after = await startNotified({
      folder,
      channels: { hook: channel },
      clock: before.clock,
      isUp: false,
    });
    await after.test.pass(20, allDown);
    expect(channel.kinds.slice(0, 2)).toEqual(['opened', 'needs-person']);
    expect(channel.kinds.filter((kind) => kind === 'opened')).toHaveLength(1);
  });

  it('tells what was decided while nobody listened, from the log', async () => {
    const folder = await temporaryFolder();
    const first = new RecordingChannel();
    const started = await startNotified({ folder, channels: { hook: first } });
    await outage(started, 4);
    expect(first.kinds).toEqual(['opened']);
    await started.stop();
    await recovery(started);
    const second = new RecordingChannel();
    const again = await openNotifierUnderTest({ folder, channels: { hook: second }, clock: started.clock });
    const { engine } = started.test;
    const plan = { configuration: { resources: {} }, playbooks: [] };
    await again.notifier.follow(
      engine,
      surroundingsOf(engine, () => plan),
    );
    await again.clock.advance(1_000);
    expect(second.kinds).toEqual(['recovered']);
  });

  it('with a channel that is not configured any more gives up what waited for it', async () => {
    const folder = await temporaryFolder();
    const broken = new RecordingChannel();
    broken.answer = async () => ({ sent: false, retry: 'later', why: 'away' });
    const before = await startNotified({ folder, channels: { old: broken } });
    await outage(before, 4);
    await before.test.stop();
    await before.stop();
    const after = await openNotifierUnderTest({ folder, channels: { young: new RecordingChannel() } });
    expect(after.store.list({ channel: 'old', limit: 10 })).toMatchObject([
      { channel: 'old', state: 'given-up', error: 'the channel is not configured any more' },
    ]);
  });
});
