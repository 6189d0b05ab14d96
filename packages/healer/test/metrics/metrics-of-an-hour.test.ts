import { expect, onTestFinished, test } from 'vitest';
import { Watch } from '../../src/healer/watch.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';
import { EngineUnderTest, resource } from '../engine/engine-under-test.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** The values of a page, by metric and labels as they are written. */
function valuesOf(page: string): ReadonlyMap<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test('the figures tell an incident from its opening to its end', async () => {
  const watch = new Watch({
    plan: () => ({
      configuration: {
        heartbeat: { method: 'GET', everyMs: 60_000, timeoutMs: 1_000 },
        outgoing: { allow: [] },
      },
    }),
    environment: {},
    clock: undefined,
    standing: () => ({ since: 0, refused: null }),
    onFault: () => {},
  });
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    engine: { onIntake: watch.onIntake },
  });
  await watch.start(test.engine, test.store, {
    backends: [test.backend],
    desk: new SourceDesk({}, new SourceCounts()),
  });
  onTestFinished(() => watch.stop());
  const before = valuesOf(await watch.text());
  const read = async () => valuesOf(await watch.text());
  const grown = async (series: string) =>
    ((await read()).get(series) ?? Number.NaN) - (before.get(series) ?? Number.NaN);

  test.database(false);
  const id = { id: 's1', source: 'test', type: 'process.exit', resource, summary: 'exited' };
  await test.engine.signal({ ...id, status: 'firing' });
  await test.engine.signal({ ...id, status: 'firing' });
  test.report('a', 'down');
  expect(await grown('prunella_signals_total{result="taken"}')).toBe(1);
  expect(await grown('prunella_signals_total{result="duplicate"}')).toBe(1);
  expect(await grown('prunella_reports_total{result="taken"}')).toBe(1);

  for (let second = 0; second < 12; second += 1) {
    test.report('a', 'down');
    await test.clock.advance(1_000);
  }
  expect(await grown('prunella_incidents_opened_total{how="opened"}')).toBe(1);
  expect((await read()).get('prunella_incidents_open{ladder="climbing"}')).toBe(1);
  // Of an action of which nothing is known the worst is taken.
  expect(await grown('prunella_attempts_begun_total{effect="disrupts"}')).toBe(1);
  expect((await read()).get('prunella_attempts_under_way{phase="in-flight"}')).toBe(1);

  const [sent] = test.backend.sent;
  test.database(true);
  sent?.end({ outcome: 'succeeded', summary: 'done', targets: [] });
  for (let second = 0; second < 60; second += 1) {
    test.report('a', 'ok');
    await test.clock.advance(1_000);
  }
  expect(await grown('prunella_attempts_ended_total{outcome="succeeded"}')).toBe(1);
  expect(await grown('prunella_attempts_judged_total{effect="disrupts",verdict="effective"}')).toBe(1);
  expect(await grown('prunella_incidents_closed_total{credit="attempt"}')).toBe(1);
  expect((await read()).get('prunella_incidents_open{ladder="climbing"}')).toBe(0);
  expect(await grown('prunella_triggers_total{fate="executed"}')).toBe(1);
  expect(new Set((await read()).keys()), 'no series comes later').toEqual(new Set(before.keys()));
});
