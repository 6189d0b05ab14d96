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

test('what an engine has no time for is told later, in order, and nothing of it is lost', async () => {
  const told: string[] = [];
  let state: CheckState = 'critical';
  let busy = false;
  const firing = new FiringFile(temporaryFolder());
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
