import { checkMethods, checkNumber, checkObject } from '../check.ts';
import {
  leavesItUsable,
  leavesNoListener,
  leavesNoTimer,
  patchesNothing,
  tellsWhatItWatches,
} from './checks/borrowing.ts';
import {
  answersCalls,
  endsInAnyOrder,
  isNotStarved,
  knowsWhereACallWaits,
  refusesAfterTheEnd,
  settlesWhatItAbandons,
} from './checks/calls.ts';
import type { Check } from './checks/check.ts';
import {
  blamesTheApplication,
  blamesTheMistake,
  classifiesAnything,
  namesItsDriver,
} from './checks/classification.ts';
import { blamesALostServer, evictsABrokenClient, obeysThePingsSignal } from './checks/faults.ts';
import { must, shown } from './conformance-error.ts';
import type { AdapterCheck, AdapterHarness, ConformanceOptions } from './harness.ts';
import { settled, Trial } from './trial.ts';

const checks: readonly Check[] = [
  namesItsDriver,
  classifiesAnything,
  blamesTheApplication,
  blamesTheMistake,
  answersCalls,
  refusesAfterTheEnd,
  endsInAnyOrder,
  knowsWhereACallWaits,
  settlesWhatItAbandons,
  isNotStarved,
  obeysThePingsSignal,
  blamesALostServer,
  evictsABrokenClient,
  patchesNothing,
  leavesItUsable,
  leavesNoListener,
  tellsWhatItWatches,
  leavesNoTimer,
];

/**
 * What every adapter must do, tried against a real server: run each check as a test of its own, in any framework,
 * one after the other. Checks whose part the harness does not have are left out. During each, a rejection that nobody
 * handles fails it. Throws an `OptionError` for a wrong option.
 */
export function adapterChecks<Handle, Lent>(
  harness: AdapterHarness<Handle, Lent>,
  options: ConformanceOptions = {},
): readonly AdapterCheck[] {
  checkMethods('harness', harness, ['lend', 'adapt', 'takeBack', 'call']);
  checkMethods('harness.server', harness.server, ['start', 'stop', 'stall', 'resume']);
  checkObject('adapterChecks', options, ['deadlineMs', 'patienceMs']);
  const settings = {
    deadlineMs: checkNumber('deadlineMs', options.deadlineMs ?? 500, 10, 60_000),
    patienceMs: checkNumber('patienceMs', options.patienceMs ?? 20_000, 100, 600_000),
  };
  return checks
    .filter(({ needs }) => needs === undefined || harness[needs] !== undefined)
    .map((check) => ({ name: check.name, run: () => runCheck(check, harness, settings) }));
}

async function runCheck<Handle, Lent>(
  check: Check,
  harness: AdapterHarness<Handle, Lent>,
  settings: Required<ConformanceOptions>,
): Promise<void> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', onUnhandled);
  try {
    await tryCheck(check, harness, settings);
    // Node tells of unhandled rejections after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeListener('unhandledRejection', onUnhandled);
  }
  must(unhandled.length === 0, `a rejection was handled by nobody: ${shown(unhandled[0])}`, unhandled[0]);
}

async function tryCheck<Handle, Lent>(
  check: Check,
  harness: AdapterHarness<Handle, Lent>,
  settings: Required<ConformanceOptions>,
): Promise<void> {
  const lent = await harness.lend();
  try {
    const trial = new Trial(harness, lent, settings);
    try {
      await check.run(trial);
    } finally {
      await settled(async () => trial.adapter.close?.());
    }
  } finally {
    await harness.server.resume();
    await settled(async () => harness.takeBack(lent));
    await harness.server.start();
  }
}
