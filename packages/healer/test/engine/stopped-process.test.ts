import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptOrder } from '@prunella/core';
import { Random } from '@prunella/core/simulate';
import { waitFor } from '@prunella/labs';
import { expect, it, onTestFinished } from 'vitest';
import { bundleChild } from '../../torture/bundle.ts';
import { HealerProcess } from '../../torture/healer-process.ts';
import { Load } from '../../torture/load.ts';
import { resources, torturePlaybooks } from '../../torture/playbooks.ts';
import { World } from '../../torture/world.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

it('a real healer that was stopped in the middle of an outage does nothing late when it goes on', async () => {
  const folder = await temporaryFolder();
  const healer = new HealerProcess(await bundleChild(folder));
  onTestFinished(async () => {
    healer.signal('SIGCONT');
    healer.kill();
    await healer.ended;
  });
  const store = join(folder, 'store');
  await mkdir(store, { mode: 0o700 });
  const random = new Random(7);
  const world = new World(resources, random, false);
  const load = new Load(world, resources, random);
  const broken = resources[0] ?? '';
  const sent: AttemptOrder[] = [];
  let isReady = false;
  let open: readonly string[] | null = null;
  healer.onMessage = (message) => {
    if ('ready' in message) isReady = true;
    else if ('status' in message) open = message.open;
    else if ('ask' in message) {
      if ('dispatch' in message.question) sent.push(message.question.dispatch);
      void world.answer(message.question).then((answer) => healer.tell({ answer, to: message.ask }));
    }
  };
  await healer.loaded();
  const orders = {
    folder: store,
    playbooks: torturePlaybooks(),
    resources,
    crashAt: null,
    pass: 1,
    defect: null,
  };
  healer.tell({ go: orders });
  await waitFor(() => (isReady ? true : null), { what: 'the healer to be ready' });

  // Nothing helps, so that it goes on and on.
  world.repairsHelp = false;
  world.break(broken);
  const before = new AbortController();
  const pressing = load.press(healer, before.signal, true);
  await waitFor(() => (world.sent.size >= 2 ? true : null), { what: 'two attempts' });
  healer.signal('SIGSTOP');
  before.abort();
  await pressing;
  const stoppedAt = Date.now();
  world.mend(broken);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  healer.signal('SIGCONT');

  const after = new AbortController();
  const pressingAgain = load.press(healer, after.signal, true);
  await waitFor(
    () => {
      healer.tell({ status: 1 });
      return open?.length === 0 ? true : null;
    },
    { what: 'the incident to be closed', deadlineMs: 30_000 },
  );
  after.abort();
  await pressingAgain;
  // An order is good for 30 s from its decision: one that was decided before may leave, none is decided after.
  const decidedLate = sent.filter(({ notAfter }) => notAfter - 30_000 > stoppedAt);
  expect(decidedLate).toEqual([]);
});
