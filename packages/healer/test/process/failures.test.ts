import { describe, expect, it } from 'vitest';
import {
  createFailures,
  type FailureMemory,
  noFailures,
} from '../../src/backends/process/runner/failures.ts';

function service() {
  let memory: FailureMemory = noFailures;
  let now = 1_000_000;
  const records = {
    failures: () => memory,
    setFailures: (failures: FailureMemory) => {
      memory = failures;
    },
  };
  const definition = () => ({
    backoff: { firstMs: 1_000, mostMs: 5_000 },
    maintenance: { failures: 5, withinMs: 60_000 },
  });
  const failures = createFailures(records, definition, () => now);
  return {
    failures,
    pass: (ms: number) => {
      now += ms;
    },
    fail: () => failures.count('it ended with status 1'),
    waitMs: () => Math.max(0, failures.startNotBefore() - now),
  };
}

describe('a service that fails', () => {
  it('is started at once the first time, then after twice as long each time, up to the most', () => {
    const { fail, waitMs } = service();
    const waits = [1, 2, 3, 4, 5].map(() => {
      fail();
      return waitMs();
    });
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 5_000]);
  });

  it('is in maintenance when it failed too often in too short a time, and stays there', () => {
    const { failures, fail, pass } = service();
    for (let times = 1; times < 5; times += 1) fail();
    expect(failures.maintenance()).toBeNull();
    fail();
    expect(failures.maintenance()?.why).toBe(
      'it failed 5 times in 1 min, the last time: it ended with status 1',
    );
    pass(600_000);
    expect(failures.maintenance()).not.toBeNull();
    expect(failures.recent()).toBe(0);
  });

  it('now and then is not', () => {
    const { failures, fail, pass } = service();
    for (let times = 0; times < 20; times += 1) {
      fail();
      pass(15_001);
    }
    expect(failures.maintenance()).toBeNull();
  });

  it('begins anew once a person cleared it', () => {
    const { failures, fail, waitMs } = service();
    for (let times = 0; times < 5; times += 1) fail();
    failures.clear();
    expect(failures.maintenance()).toBeNull();
    expect(waitMs()).toBe(0);
  });
});
