import {
  type BrokenRule,
  brokenRules,
  generateHistory,
  generateInnocent,
  harmDone,
  Simulation,
} from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';

const seedsHere = 1_000;
const inOneTest = 250;

function failuresOf(
  from: number,
  count: number,
): { readonly seed: number; readonly broken: readonly BrokenRule[] }[] {
  return Array.from({ length: count }, (_, index) => from + index).flatMap((seed) => {
    const broken = brokenRules(new Simulation(generateHistory(seed)).run());
    return broken.length === 0 ? [] : [{ seed, broken }];
  });
}

describe('simulated hours around an outage', () => {
  for (let from = 1; from <= seedsHere; from += inOneTest) {
    it(`break no rule: seeds ${from} to ${from + inOneTest - 1}`, { timeout: 180_000 }, () => {
      expect(failuresOf(from, inOneTest)).toEqual([]);
    });
  }

  it('break no rule where they once did', () => {
    expect([1_730, 5_179, 7_442, 7_755, 8_272].flatMap((seed) => failuresOf(seed, 1))).toEqual([]);
  });

  it('are the same each time they are lived', () => {
    for (const seed of [3, 17, 42]) {
      const once = new Simulation(generateHistory(seed)).run();
      const again = new Simulation(generateHistory(seed)).run();
      expect(JSON.stringify(again.entries)).toBe(JSON.stringify(once.entries));
    }
  });
});

describe('simulated hours in which no repair is right', () => {
  it('end without a disruptive action', { timeout: 180_000 }, () => {
    const harmed = Array.from({ length: 300 }, (_, index) => index + 1).flatMap((seed) => {
      const run = new Simulation(generateInnocent(seed)).run();
      return [...harmDone(run), ...brokenRules(run)].map((broken) => ({ seed, ...broken }));
    });
    expect(harmed).toEqual([]);
  });
});
