import type { Condition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';
import type { VirtualClock } from './virtual-clock.ts';

const allDown: Readonly<Record<string, Condition>> = { a: 'down', b: 'down' };
const allOk: Readonly<Record<string, Condition>> = { a: 'ok', b: 'ok' };
const hourMs = 3_600_000;
const succeeded = { outcome: 'succeeded', summary: 'done', targets: [] } as const;

/** The database is down, an incident is open, and the first step is due in a moment. */
async function beforeTheFirstStep() {
  const test = await EngineUnderTest.start({ folder: await temporaryFolder(), autonomy: 'auto' });
  await test.pass(3, allOk);
  test.database(false);
  for (let second = 0; second < 10 && !(await test.eventTypes()).includes('incident-opened'); second += 1) {
    await test.pass(1, allDown);
  }
  expect(test.backend.sent).toEqual([]);
  return test;
}

/** Ways in which an hour is gone at once. */
const gaps: readonly (readonly [string, (clock: VirtualClock) => Promise<void>])[] = [
  ['the process was stopped for an hour', (clock) => clock.stall(hourMs)],
  ['the machine was suspended, or the clock set forward, by an hour', (clock) => clock.set(hourMs)],
];

describe.each(gaps)('%s', (_name, gap) => {
  it('what recovered meanwhile is not repaired', async () => {
    const test = await beforeTheFirstStep();
    test.database(true);
    await gap(test.clock);
    await test.pass(60, allOk);
    expect(test.backend.sent).toEqual([]);
    expect(await test.eventTypes()).toContain('incident-closed');
  });

  it('what is still down is repaired by one step, the mildest, on evidence from afterwards', async () => {
    const test = await beforeTheFirstStep();
    const began = test.clock.now();
    await gap(test.clock);
    await test.clock.advance(1_000);
    expect(test.backend.sent, 'nothing before anything was heard').toEqual([]);
    for (let second = 0; second < 60 && test.backend.sent.length === 0; second += 1)
      await test.pass(1, allDown);
    expect(test.backend.sent.map(({ order }) => order.action)).toEqual(['stand-in.apply']);
    const [order] = test.backend.sent.map((sent) => sent.order);
    expect(order?.notAfter).toBeGreaterThan(began + hourMs);
  });

  it('an attempt that was under way has an unknown outcome, once, and is verified', async () => {
    const test = await beforeTheFirstStep();
    for (let second = 0; second < 20 && test.backend.sent.length === 0; second += 1)
      await test.pass(1, allDown);
    await gap(test.clock);
    await test.pass(16, allDown);
    const ended = (await test.engine.log({ limit: 1_000 })).filter(
      ({ event }) => event.type === 'attempt-ended',
    );
    expect(ended).toHaveLength(1);
    expect(ended[0]?.event).toMatchObject({ result: { outcome: 'unknown' } });
    expect(test.backend.sent).toHaveLength(1);
    // What comes after all is not believed any more.
    test.backend.sent[0]?.end(succeeded);
    await test.pass(2, allDown);
    const types = await test.eventTypes();
    expect(types.filter((type) => type === 'attempt-ended')).toHaveLength(1);
  });
});

describe('the clock set back by an hour', () => {
  it('is told, and nothing is run twice; when the step is due now is there to be seen', async () => {
    const test = await beforeTheFirstStep();
    await test.clock.set(-hourMs);
    await test.pass(100, allDown);
    expect(test.backend.sent).toEqual([]);
    expect(test.faults).toEqual([expect.stringContaining('the clock was set back by 3600 s')]);
    expect(test.engine.explain()[0]?.next.what).toMatch(/^stand-in\.apply in 58 min/);
    await test.clock.set(hourMs);
    for (let second = 0; second < 60 && test.backend.sent.length === 0; second += 1)
      await test.pass(1, allDown);
    expect(test.backend.sent).toHaveLength(1);
  });

  it('an attempt that runs is still given up, and its resource goes on', async () => {
    const test = await beforeTheFirstStep();
    for (let second = 0; second < 20 && test.backend.sent.length === 0; second += 1)
      await test.pass(1, allDown);
    expect(test.backend.sent).toHaveLength(1);
    await test.clock.set(-hourMs);
    await test.pass(30, allDown);
    expect(await test.eventTypes()).toContain('attempt-ended');
  });
});

/** A healer that ended just after it had sent its first order, an hour ago. */
async function stoppedForAnHour() {
  const folder = await temporaryFolder();
  const first = await EngineUnderTest.start({ folder, autonomy: 'auto' });
  await first.pass(3, allOk);
  first.database(false);
  for (let second = 0; second < 30 && first.backend.sent.length === 0; second += 1)
    await first.pass(1, allDown);
  await first.stop();
  await first.clock.stall(hourMs);
  return { folder, first };
}

describe('a deadline that passed while the healer was down', () => {
  it('ends the attempt as what its backend found; what recovered meanwhile is left alone', async () => {
    const { folder, first } = await stoppedForAnHour();

    const backend = new StandInBackend();
    backend.finding = async () => ({ found: 'ended', result: succeeded });
    const second = await EngineUnderTest.start({ folder, clock: first.clock, backend, autonomy: 'auto' });
    await second.pass(60, allOk);
    expect(backend.sent).toEqual([]);
    expect(await second.eventTypes()).toContain('incident-closed');
  });

  it('leads to no burst where it is still down: one step at a time, the mildest not sent again at once', async () => {
    const { folder, first } = await stoppedForAnHour();

    const backend = new StandInBackend();
    const second = await EngineUnderTest.start({
      folder,
      clock: first.clock,
      backend,
      autonomy: 'auto',
      isUp: false,
    });
    const attemptsAt: number[] = [];
    backend.onDispatch = () => attemptsAt.push(second.clock.now());
    const began = second.clock.now();
    await second.pass(120, allDown);
    // Both steps were due for an hour. The unknown one is verified first: its window is granted whole.
    expect((attemptsAt[0] ?? 0) - began).toBeGreaterThanOrEqual(20_000);
    expect(backend.sent[0]?.order.action).toBe('stand-in.restart');
  });
});
