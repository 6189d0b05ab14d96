import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { compileMutants } from './compile-mutants.ts';
import { coreFolder, hashOf, type Instrumented, instrument, type Mutant } from './instrument.ts';
import { Kept } from './kept.ts';
import { help, type MutationOptions, parseMutationOptions } from './options.ts';
import { renderPage, renderSummary, renderSurvivors } from './render.ts';
import { judge } from './score.ts';
import { filesLeftOutNow, hashOfAll } from './tests.ts';
import { measure, type Outcome, tryMutants } from './try-mutants.ts';

const progressEveryMs = 10_000;

const say = (text: string) => process.stderr.write(`${text}\n`);

/** Relative to `packages/core`: what differs from the last commit, and what git does not know yet. */
function changedFiles(): readonly string[] {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: coreFolder, encoding: 'utf8' }).split('\n').filter(Boolean);
  return [
    ...git('diff', '--name-only', '--relative', 'HEAD', '--', 'src'),
    ...git('ls-files', '--others', '--exclude-standard', '--', 'src'),
  ];
}

/**
 * In an order that the seed draws, the same whatever else changes in other files: the first so many are a random
 * sample, also where a run was stopped.
 */
function sampleOf(mutants: readonly Mutant[], { sample, seed }: MutationOptions): readonly Mutant[] {
  return mutants
    .map((mutant) => ({ mutant, ticket: hashOf(`${seed} ${mutant.key}`) }))
    .sort((left, right) => (left.ticket < right.ticket ? -1 : 1))
    .slice(0, sample ?? mutants.length)
    .map(({ mutant }) => mutant);
}

/** Keeps which of the mutants the compiler refuses. */
async function findInvalid(chosen: readonly Mutant[], kept: Kept, isStopped: () => boolean): Promise<void> {
  const unknown = chosen.filter((mutant) => kept.compiles(mutant) === null);
  if (unknown.length === 0) return;
  say(`Compiling ${unknown.length} mutants, one of each file at a time`);
  const tell = progressOf(unknown.length, 'compiled', 'refused');
  const onCompiled = (mutant: Mutant, compiles: boolean) => {
    if (compiles) kept.keepCompiles(mutant);
    else kept.keep(mutant, { status: 'invalid', killedBy: null, failure: null });
    if (tell(!compiles)) kept.save();
  };
  await compileMutants(unknown, onCompiled, isStopped);
  kept.save();
}

async function tryUntried(
  untried: readonly Mutant[],
  instrumented: Instrumented,
  isStopped: () => boolean,
  onOutcome: (mutant: Mutant, outcome: Outcome) => void,
  save: () => void,
): Promise<void> {
  say('Running the tests once without a mutant, to see what each reaches (a minute or more)');
  const measured = await measure(isStopped);
  if (measured === null) return;
  for (const { name, failure } of measured.tests) {
    if (failure !== null) say(`left out, since it does not pass outside of vitest: ${name}`);
  }
  const tell = progressOf(untried.length, 'tried', 'killed');
  await tryMutants(untried, measured, instrumented, {
    isStopped,
    onNote: say,
    onOutcome: (mutant, outcome) => {
      onOutcome(mutant, outcome);
      if (tell(outcome.status === 'killed' || outcome.status === 'timeout')) save();
    },
  });
  save();
}

/** Told of each that is done; says now and then how far it is, and then answers true. */
function progressOf(all: number, done: string, marked: string): (isMarked: boolean) => boolean {
  const begun = Date.now();
  let toldAt = begun;
  let count = 0;
  let markedCount = 0;
  return (isMarked) => {
    count += 1;
    if (isMarked) markedCount += 1;
    if (Date.now() - toldAt < progressEveryMs) return false;
    toldAt = Date.now();
    const minutes = Math.ceil((((toldAt - begun) / count) * (all - count)) / 60_000);
    say(`${count} of ${all} ${done}, ${markedCount} ${marked}, about ${minutes} min to go`);
    return true;
  };
}

async function main(options: MutationOptions): Promise<void> {
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopped = true;
    });
  }
  const begun = Date.now();
  const instrumented = await instrument({ coverage: false });
  const changed = options.changed ? new Set(changedFiles()) : null;
  const candidates = instrumented.mutants.filter(
    ({ file }) =>
      (changed === null || changed.has(file)) &&
      (options.files.length === 0 || options.files.some((part) => file.includes(part))),
  );
  if (candidates.length === 0) {
    throw new TypeError(
      options.changed
        ? 'No mutated file differs from the last commit.'
        : 'No mutated file has this in its path.',
    );
  }
  const chosen = sampleOf(candidates, options);
  const kept = new Kept(hashOfAll(), options.fresh);
  const isStopped = () => stopped;
  await findInvalid(chosen, kept, isStopped);
  const outcomes = new Map<Mutant, Outcome>();
  const untried: Mutant[] = [];
  for (const mutant of chosen) {
    const known = kept.outcomeOf(mutant);
    if (known === null) untried.push(mutant);
    else outcomes.set(mutant, known);
  }
  if (untried.length > 0 && !stopped) {
    say(`${outcomes.size} of ${chosen.length} mutants are known already`);
    await tryUntried(
      untried,
      instrumented,
      isStopped,
      (mutant, outcome) => {
        kept.keep(mutant, outcome);
        outcomes.set(mutant, outcome);
      },
      () => kept.save(),
    );
  }
  if (stopped) {
    say(`Stopped. ${outcomes.size} of ${chosen.length} results are kept; the same command goes on.`);
    process.exitCode = 130;
    return;
  }
  const judged = judge(chosen, outcomes, instrumented.mutants, options);
  const report = { ...judged, of: candidates.length, tookMs: Date.now() - begun };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderSummary(report));
  if (options.survivors && !options.json) process.stdout.write(renderSurvivors(report));
  if (options.write) writeFileSync(`${coreFolder}reports/mutation.md`, renderPage(report, filesLeftOutNow()));
  if (!report.passed) process.exitCode = 1;
}

let options: MutationOptions | 'help' | undefined;
try {
  options = parseMutationOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(help);
  else await main(options);
} catch (error) {
  const wrongUsage = error instanceof TypeError && options !== 'help';
  process.stderr.write(
    wrongUsage ? `mutation: ${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = wrongUsage ? 2 : 1;
}
