import { mkdirSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Simulation } from '@prunella/core/simulate';
import { catchMutants, checkMutants } from './catch-mutants.ts';
import { historyOf, liveSeeds } from './live-seeds.ts';
import { help, parseSimulateOptions, type SimulateOptions } from './options.ts';
import { renderPage, renderReport, renderStory } from './render.ts';
import { renderCaught, renderMutantsPage } from './render-mutants.ts';

const progressEveryMs = 2_000;

async function main(options: SimulateOptions): Promise<void> {
  const { what } = options;
  if (what === 'mutants') await mutantsMain(options);
  else await hoursMain(what, options);
}

async function mutantsMain({ seeds, json, write }: SimulateOptions): Promise<void> {
  checkMutants();
  const caught = await catchMutants(seeds, (each) => {
    process.stderr.write(`${renderCaught(each)}\n`);
  });
  const found = caught.map(({ mutant, by }) => ({ name: mutant.name, defect: mutant.defect, by }));
  process.stdout.write(
    json ? `${JSON.stringify(found, null, 2)}\n` : `${caught.map(renderCaught).join('\n')}\n`,
  );
  if (write) writePage('mutants.md', renderMutantsPage(caught));
  if (caught.some(({ by }) => by === null)) process.exitCode = 1;
}

async function hoursMain(what: 'seeds' | 'innocent', options: SimulateOptions): Promise<void> {
  const { seed, json, write } = options;
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped = true;
    });
  }
  let toldAt = Date.now();
  const onProgress = async (lived: number, failed: number): Promise<boolean> => {
    if (Date.now() - toldAt >= progressEveryMs) {
      toldAt = Date.now();
      process.stderr.write(`${lived} of ${options.seeds} hours lived, ${failed} broke a rule\n`);
      // A signal is heard only between two turns of the loop.
      await setImmediate();
    }
    return !stopped;
  };
  const range = seed === null ? options : { from: seed, seeds: 1 };
  if (seed !== null && !json) {
    process.stdout.write(`${renderStory(new Simulation(historyOf(what, seed)).run().entries)}\n\n`);
  }
  const { from, seeds } = range;
  const report = await liveSeeds({ what, from, seeds, now: Date.now, onProgress });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${renderReport(report)}\n`);
  if (write) writePage(`${what}.md`, renderPage(report));
  if (report.failures.length > 0) process.exitCode = 1;
  else if (!report.complete) process.exitCode = 130;
}

/** Beside this folder, wherever the repository lies. */
function writePage(name: string, text: string): void {
  const folder = new URL('../reports/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), text);
}

let options: SimulateOptions | 'help' | undefined;
try {
  options = parseSimulateOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (options === 'help') process.stdout.write(help);
else if (options !== undefined) await main(options);
