import { must, shown } from '../conformance-error.ts';
import { type Outcome, settled } from '../trial.ts';
import type { Check } from './check.ts';

export const patchesNothing: Check = {
  name: 'patches nothing of what was lent',
  needs: 'useLent',
  async run(trial) {
    const before = functionsOf(trial.lent);
    const again = trial.harness.adapt(trial.lent);
    const stop = again.watch?.(() => {});
    await trial.mustAnswer('while the server is well');
    for (const [place, value] of functionsOf(trial.lent)) {
      must(before.get(place) === value, `what was lent must stay as it is; its ${place} was replaced`);
    }
    stop?.();
    await again.close?.();
  },
};

export const leavesItUsable: Check = {
  name: 'leaves what was lent usable, whatever is called and closed',
  needs: 'useLent',
  async run(trial) {
    const stop = trial.adapter.watch?.(() => {});
    await trial.mustAnswer('while the server is well');
    const lease = trial.adapter.lease();
    lease.abandon();
    lease.end();
    await trial.ping();
    await settled(async () => trial.adapter.reconnect?.(AbortSignal.timeout(trial.deadlineMs)));
    stop?.();
    for (const time of ['once', 'twice']) {
      const closed = await trial.within(`close to be done ${time}`, async () => trial.adapter.close?.());
      must(closed.ok, `close must not reject, called ${time}: ${reasonOf(closed)}`);
    }
    const used = await trial.within("the application's own use", async () =>
      trial.harness.useLent?.(trial.lent),
    );
    must(used.ok, `what was lent must be usable after the adapter is closed; it is not: ${reasonOf(used)}`);
  },
};

export const leavesNoListener: Check = {
  name: 'leaves no listener behind',
  needs: 'useLent',
  async run(trial) {
    const before = listenersOf(trial.lent);
    const [first, second] = [trial.adapter.watch?.(() => {}), trial.adapter.watch?.(() => {})];
    await trial.mustAnswer('while it is watched');
    await trial.ping();
    first?.();
    second?.();
    const after = listenersOf(trial.lent);
    must(
      shown(after) === shown(before),
      `after watch was stopped, listeners must be ${shown(before)}, not ${shown(after)}`,
    );
  },
};

export const tellsWhatItWatches: Check = {
  name: 'tells of a lost server while it is watched, and nothing afterwards',
  async run(trial) {
    if (trial.adapter.watch === undefined) return;
    const told: unknown[] = [];
    const stop = trial.adapter.watch((error) => told.push(error));
    await trial.mustAnswer('while it is watched');
    await trial.harness.server.stop();
    await trial.until('watch to tell of the lost server', () => told.length > 0);
    for (const error of told) trial.classify(error);
    stop();
    const count = told.length;
    await trial.harness.server.start();
    await trial.untilItServes('when the server is back');
    await trial.harness.server.stop();
    await trial.call();
    must(
      told.length === count,
      `after watch was stopped nothing must be told any more; ${told.length - count} came`,
    );
  },
};

export const leavesNoTimer: Check = {
  name: 'leaves no timer running that keeps the process alive',
  async run(trial) {
    await trial.mustAnswer('while the server is well');
    const before = timers();
    const stop = trial.adapter.watch?.(() => {});
    for (const lease of [trial.adapter.lease(), trial.adapter.lease()]) {
      await trial.within('a call to be answered', () => trial.harness.call(lease.handle));
      lease.abandon();
      lease.end();
    }
    await trial.ping();
    stop?.();
    let now = before;
    await trial.until(
      'timers to be no more than before',
      () => {
        now = timers();
        return now <= before;
      },
      () => `there were ${before}, there are ${now}`,
    );
  },
};

/** Those that keep the process alive; the checks' own do not. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function functionsOf(lent: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  let depth = 0;
  for (let layer: object | null = Object(lent); layer !== null && layer !== Object.prototype; depth += 1) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(layer))) {
      if (typeof value === 'function') found.set(`${name} (layer ${depth})`, value);
    }
    layer = Object.getPrototypeOf(layer);
  }
  return found;
}

function listenersOf(lent: unknown): readonly (readonly [string, number])[] {
  const { eventNames, listenerCount } = Object(lent);
  if (typeof eventNames !== 'function' || typeof listenerCount !== 'function') return [];
  const names: readonly unknown[] = eventNames.call(lent);
  return names
    .map((name) => [String(name), Number(listenerCount.call(lent, name))] as const)
    .filter(([, count]) => count > 0)
    .sort();
}

function reasonOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'it was done' : shown(outcome.error);
}
