import type { Signal } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { expect, test } from 'vitest';
import type { CheckState } from '../../src/monitors/check.ts';
import { FiringFile } from '../../src/monitors/firing-file.ts';
import { Monitor } from '../../src/monitors/monitor.ts';
import { Turns } from '../../src/monitors/turns.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { afterwards } from '../healer/workshop.ts';
import { temporaryFolder } from './one-check.ts';

const configuration = {
  type: 'tcp',
  host: '127.0.0.1',
  port: 1,
  resource: 'a/b',
  everyMs: 10,
  timeoutMs: 1_000,
  failures: 1,
  recoveries: 1,
} as const;

test('what an engine has no time for is told later, in order, and nothing of it is lost', async () => {
  const told: string[] = [];
  let state: CheckState = 'critical';
  let busy = false;
  const firing = new FiringFile(temporaryFolder());
  const monitor = new Monitor(
    'one',
    configuration,
    { run: async () => ({ state, detail: 'seen' }) },
    {
      accept: async ({ status }: Signal) => {
        if (busy) return { accepted: false, reason: 'too much to do', later: 'busy' };
        told.push(status);
        return { accepted: true, duplicate: false };
      },
      firing,
      turns: new Turns(1),
      counts: new SourceCounts(),
      onProblem: (text) => told.push(text),
      random: () => 0.5,
      now: Date.now,
    },
  );
  monitor.start();
  afterwards(() => monitor.stop());
  const moreChecks = (count: number) => {
    const least = monitor.view().checks + count;
    return waitFor(() => monitor.view().checks >= least, { what: 'more checks' });
  };
  await waitFor(() => told.length === 1, { what: 'the monitor to fire' });
  busy = true;
  state = 'ok';
  await moreChecks(3);
  state = 'critical';
  await moreChecks(3);
  expect(told).toEqual(['firing']);
  busy = false;
  await waitFor(() => told.length === 3, { what: 'its end and the next beginning to be told' });
  expect(told).toEqual(['firing', 'resolved', 'firing']);
});

test('a monitor that waits for its turn is ended at once, whatever others do', async () => {
  const turns = new Turns(1);
  const firing = new FiringFile(temporaryFolder());
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let asked = 0;
  const make = (name: string) => {
    const check = {
      run: async () => {
        asked += 1;
        await held;
        return { state: 'ok', detail: 'seen' } as const;
      },
    };
    return new Monitor(name, { ...configuration, timeoutMs: 600_000 }, check, {
      accept: async () => ({ accepted: true, duplicate: false }),
      firing,
      turns,
      counts: new SourceCounts(),
      onProblem: () => {},
      random: () => 0,
      now: Date.now,
    });
  };
  const [slow, waiting] = [make('slow'), make('waiting')];
  slow.start();
  await waitFor(() => asked === 1, { what: 'the slow one to ask' });
  waiting.start();
  await waitFor(() => turns.waiting === 1, { what: 'the other one to wait' });
  await waiting.stop();
  expect([asked, turns.waiting]).toEqual([1, 0]);
  release();
  await slow.stop();
  // The place was not lost.
  await turns.take(async () => {}, new AbortController().signal);
});
