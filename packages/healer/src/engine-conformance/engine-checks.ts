import { attemptChecks } from './checks/attempts.ts';
import type { Check } from './checks/check.ts';
import { durabilityChecks } from './checks/durability.ts';
import { keyChecks } from './checks/keys.ts';
import { logChecks } from './checks/log.ts';
import { refusalChecks } from './checks/refusal.ts';
import type { EngineCheck, EngineConformanceOptions, EngineHarness } from './harness.ts';
import { Trial } from './trial.ts';

const checks: readonly Check[] = [
  ...durabilityChecks,
  ...logChecks,
  ...attemptChecks,
  ...keyChecks,
  ...refusalChecks,
];

/**
 * What every engine behind the interface `Engine` must hold: run each check as a test of its own, in any framework.
 * Throws a `RangeError` for a wrong option.
 */
export function engineChecks(
  harness: EngineHarness,
  options: EngineConformanceOptions = {},
): readonly EngineCheck[] {
  const { patienceMs = 30_000 } = options;
  if (!(patienceMs >= 1_000 && patienceMs <= 600_000)) {
    throw new RangeError(`patienceMs must be from 1,000 to 600,000; it is ${patienceMs}`);
  }
  return checks.map((check) => ({
    name: check.name,
    async run() {
      const trial = await Trial.begin(harness, patienceMs);
      try {
        await check.run(trial);
      } finally {
        await trial.end();
      }
    },
  }));
}
