import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeFileAtomically } from '../../src/backends/process/folder.ts';
import type { RunnerAnswer } from '../../src/backends/process/messages.ts';
import { createOrders } from '../../src/backends/process/runner/orders.ts';
import { openRecords } from '../../src/backends/process/runner/records.ts';
import { createRunnerServer } from '../../src/backends/process/runner/server.ts';
import type { ServiceProcess } from '../../src/backends/process/runner/service-process.ts';
import { askRunner } from '../../src/backends/process/runner-client.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

const fence = (number: number) => ({ authority: 'here', generation: 1, number });

/** A runner in this process, over records whose end cannot be written while `full` is true. */
async function startRunner() {
  const folder = await temporaryFolder();
  const records = openRecords(join(folder, 'records.sqlite'), Date.now);
  const disk = { full: false };
  let restarts = 0;
  const unused = () => {
    throw new Error('nobody asks for this here');
  };
  const service: ServiceProcess = {
    begin: unused,
    startProblem: () => null,
    start: async () => ({ outcome: 'succeeded', detail: 'started' }),
    stop: async () => {
      restarts += 1;
      return { outcome: 'succeeded', detail: 'stopped' };
    },
    hold: unused,
    clear: unused,
    forget: unused,
    alivePid: () => null,
    status: unused,
  };
  const written = {
    ...records,
    end: (...words: Parameters<typeof records.end>) => {
      if (disk.full) throw new Error('database or disk is full');
      records.end(...words);
    },
  };
  const orders = createOrders({ records: written, service, definition: unused, now: Date.now });
  const { server } = createRunnerServer({ records: written, orders, service, shutdown: unused });
  const socket = join(folder, 'runner.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  writeFileAtomically(join(folder, 'runner.json'), JSON.stringify({ socket }), 0o600);
  onTestFinished(() => {
    server.close();
    records.close();
  });
  const ask = async (request: Parameters<typeof askRunner>[1]) => {
    const answers: RunnerAnswer[] = [];
    await askRunner(folder, request, (answer) => answers.push(answer)).catch(() => {});
    return answers;
  };
  const order = (number: number) =>
    ask({
      type: 'order',
      order: {
        attempt: `attempt-${number}`,
        verb: 'restart',
        fence: fence(number),
        notAfter: Date.now() + 60_000,
        deadlineAt: Date.now() + 60_000,
      },
    });
  return { ask, order, disk, restarts: () => restarts };
}

it('an order whose end could not be written down is never one that was never sent', async () => {
  const { ask, order, disk, restarts } = await startRunner();
  expect(await order(1)).toMatchObject([{ type: 'taken' }, { type: 'ended' }]);
  disk.full = true;
  expect(await order(2)).toMatchObject([
    { type: 'taken' },
    { type: 'ended', result: { outcome: 'succeeded' } },
  ]);
  expect(restarts()).toBe(2);
  disk.full = false;
  const found = await ask({ type: 'find', attempt: 'attempt-2', fence: fence(2) });
  expect(found).toMatchObject([{ type: 'ended', result: { outcome: 'unknown' } }]);
});
