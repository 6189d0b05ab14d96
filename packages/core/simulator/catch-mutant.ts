// One mutant, in a process of its own: lives hours until a rule finds it, and prints by which.
import { brokenRules, harmDone, Simulation } from '@prunella/core/simulate';
import { historyOf } from './live-seeds.ts';

const seedsAtMost = Number(process.argv[2] ?? '1000');
const kinds = ['seeds', 'innocent'] as const;

function find(): object | null {
  for (let seed = 1; seed <= seedsAtMost; seed += 1) {
    for (const what of kinds) {
      try {
        const run = new Simulation(historyOf(what, seed)).run();
        const [broken] = [...brokenRules(run), ...(what === 'innocent' ? harmDone(run) : [])];
        if (broken !== undefined) return { seed, what, rule: broken.rule, breach: broken.what };
      } catch (error) {
        return { seed, what, rule: 'crash', breach: error instanceof Error ? error.message : String(error) };
      }
    }
  }
  return null;
}

process.stdout.write(JSON.stringify(find()));
