import { brokenRules, generateHistory, Simulation } from '@prunella/core/simulate';
import { judged, type Row } from '../row.ts';

/** The bar is for so many. */
const seedsOfTheBar = 10_000;
const barMinutes = 10;
const toldEvery = 1_000;

/** What it takes to live `seeds` simulated hours and to hold each to all rules, as `npm run simulate` does. */
export function measureHours(seeds: number, say: (line: string) => void): Row {
  let broken = 0;
  const begunAt = process.threadCpuUsage();
  for (let seed = 1; seed <= seeds; seed += 1) {
    broken += brokenRules(new Simulation(generateHistory(seed)).run()).length;
    if (seed % toldEvery === 0) say(`${seed} of ${seeds} hours ...`);
  }
  const { user, system } = process.threadCpuUsage(begunAt);
  const minutes = (user + system) / 60e6;
  const figure = '10,000 simulated hours and their rules';
  return judged({
    figure: seeds === seedsOfTheBar ? figure : `${figure}, extrapolated from ${seeds}`,
    // An hour that breaks a rule proves nothing about how long one takes.
    ours: broken === 0 ? (minutes * seedsOfTheBar) / seeds : Number.NaN,
    peer: null,
    peerName: 'none',
    bar: { rule: 'at most', value: barMinutes, from: 'fixed' },
    unit: 'min',
  });
}
