import type { Condition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, playbooksUnderTest } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';
import type { VirtualClock } from './virtual-clock.ts';

const allDown: Readonly<Record<string, Condition>> = { a: 'down', b: 'down' };
const allOk: Readonly<Record<string, Condition>> = { a: 'ok', b: 'ok' };
const hourMs = 3_600_000;
/** Of both steps. */
const windowMs = 20_000;
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

/** The database is down, and its first order was carried out and is verified since a while. */
async function whileVerifying() {
  const test = await beforeTheFirstStep();
  for (let second = 0; second < 20 && test.backend.sent.length === 0; second += 1)
    await test.pass(1, allDown);
  test.backend.sent[0]?.end(succeeded);
  await test.pass(15, allDown);
  expect(await test.eventTypes()).not.toContain('verdict-given');
  return test;
}

/** When the first event of a type was written. */
async function firstAt(test: EngineUnderTest, type: string): Promise<number> {
  const entries = await test.engine.log({ limit: 1_000 });
  return entries.find(({ event }) => event.type === type)?.at ?? Number.NaN;
}

/** What each order does is over at once and helps nobody. Gives when they came. */
function ordersInVain(backend: StandInBackend, clock: VirtualClock): readonly number[] {
  const at: number[] = [];
  backend.onDispatch = () => {
    at.push(clock.now());
    queueMicrotask(() => backend.sent.at(-1)?.end(succeeded));
  };
  return at;
}

function expectApart(moments: readonly number[], atLeastMs: number): void {
  const between = moments.slice(1).map((at, index) => at - (moments[index] ?? 0));
  expect(Math.min(...between), `between ${between.join(', ')} ms`).toBeGreaterThanOrEqual(atLeastMs);
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

  it('is told', async () => {
    const test = await beforeTheFirstStep();
    await gap(test.clock);
    await test.pass(6, allDown);
    expect(test.faults).toEqual([expect.stringMatching(/nobody watched for 360\d s \(a suspended machine/)]);
    expect((await test.eventTypes()).filter((type) => type === 'healer-started')).toHaveLength(2);
  });

  it('an outage that was only suspected is opened once it was seen for its whole time afterwards', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder(), autonomy: 'auto' });
    await test.pass(3, allOk);
    test.database(false);
    await test.pass(1, allDown);
    expect(await firstAt(test, 'incident-suspected')).toBeGreaterThan(0);
    await gap(test.clock);
    const resumedAt = test.clock.now();
    await test.pass(10, allDown);
    expect(await firstAt(test, 'incident-opened')).toBeGreaterThanOrEqual(resumedAt + 2_000);
  });

  it('an attempt that is being verified has its whole window again', async () => {
    const test = await whileVerifying();
    await gap(test.clock);
    const resumedAt = test.clock.now();
    await test.pass(30, allDown);
    expect(await firstAt(test, 'verdict-given')).toBeGreaterThanOrEqual(resumedAt + windowMs);
  });

  it('within that window what it did is still seen to have helped', async () => {
    const test = await whileVerifying();
    await gap(test.clock);
    await test.pass(12, allDown);
    test.database(true);
    await test.pass(10, allOk);
    const verdicts = (await test.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
      event.type === 'verdict-given' ? [event.verdict] : [],
    );
    expect(verdicts).toEqual(['effective']);
  });

  it('no order leaves within the grace after a start, and one does after it', async () => {
    const graceMs = 45_000;
    const playbooks = playbooksUnderTest('auto').map((playbook) => ({
      ...playbook,
      open: { ...playbook.open, graceAfterStartMs: graceMs },
    }));
    const test = await EngineUnderTest.start({ folder: await temporaryFolder(), engine: { playbooks } });
    await test.pass(50, allOk);
    test.database(false);
    for (let second = 0; second < 10 && !(await test.eventTypes()).includes('incident-opened'); second += 1)
      await test.pass(1, allDown);
    await gap(test.clock);
    const resumedAt = test.clock.now();
    const sentAt = ordersInVain(test.backend, test.clock);
    await test.pass(60, allDown);
    expect(sentAt[0]).toBeGreaterThanOrEqual(resumedAt + graceMs);
  });

  it('leads to no burst: the orders that follow are a window apart, the first one of it, too', async () => {
    const test = await whileVerifying();
    await gap(test.clock);
    const resumedAt = test.clock.now();
    const sentAt = ordersInVain(test.backend, test.clock);
    await test.pass(150, allDown);
    expect(sentAt.length).toBeGreaterThan(1);
    expectApart([resumedAt, ...sentAt], windowMs);
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
    const sentAt = ordersInVain(backend, second.clock);
    const startedAt = second.clock.now();
    await second.pass(150, allDown);
    // Both steps were due for an hour. The unknown one is verified first: its window is granted whole.
    expect(backend.sent[0]?.order.action).toBe('stand-in.restart');
    expect(sentAt.length).toBeGreaterThan(1);
    expectApart([startedAt, ...sentAt], windowMs);
  });
});
