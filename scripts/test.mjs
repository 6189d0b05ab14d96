// `npm test [-- SUITE …] [-- --help]`: sets up every real part, runs the suites one after the other, says at
// the end how long each took, what was not run and why. CI=true makes a missing part a failure.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  environmentWithNode24,
  failWith,
  inherit,
  node24,
  prepareNodeModules,
  root,
  SetupError,
} from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';
import { suites } from './suites.mjs';

const help = `Usage: npm test [-- SUITE ...]

Sets up the real parts (npm packages, Salt in a private virtual environment; Redis, PostgreSQL,
Prometheus and Chromium from Debian where root and apt are at hand) and runs the test suites:
${suites.map((suite) => `  ${suite.name.split(' ')[0].padEnd(8)} ${suite.name}, budget ${suite.budgetMinutes} min`).join('\n')}

A suite is named by its first word. With CI=true a missing part fails the run; a test that was not run is
listed at the end with its reason in any case. With CI=true a test that fails is tried once more; if it passes
then, the run passes and the end of it names the test and its error.
`;

/** The only reason for which CI may leave a test out: no registry has the server's binary. */
const reasonAllowedInCi = /\brethinkdb\b.*\bPATH\b/i;

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

const firstLines = (message) =>
  message
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .slice(0, 6);

/** The tests with these statuses that told of an error: failed for good, or passed only at the second try. */
function errorsOf(results, status) {
  return results.testResults.flatMap((file) => {
    const tests = file.assertionResults
      .filter((test) => test.status === status && (test.failureMessages ?? []).length > 0)
      .map((test) => ({ name: test.fullName, file: file.name, message: test.failureMessages[0] }));
    const whole = status === 'failed' && tests.length === 0 && file.status === 'failed' && file.message;
    return whole ? [{ name: 'the whole file', file: file.name, message: file.message }] : tests;
  });
}

function notRunOf(results) {
  return results.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => ({ name: test.fullName, reason: test.meta?.notRun ?? null })),
  );
}

async function runSuite(suite, environment, inCi) {
  const output = join(root, '.local', 'test-results', `${suite.name.replaceAll(' ', '-')}.json`);
  mkdirSync(join(root, '.local', 'test-results'), { recursive: true });
  rmSync(output, { force: true });
  process.stdout.write(`\n== ${suite.name} ==\n`);
  const begun = performance.now();
  const { code } = await inherit(
    node24,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${output}`,
      `--maxWorkers=${suite.workers ?? 1}`,
      ...(inCi ? ['--retry=1'] : []),
      ...(suite.leaves ?? []).map((path) => `--exclude=${path}**`),
      ...suite.paths,
    ],
    { environment },
  );
  const minutes = (performance.now() - begun) / 60_000;
  const results = readResults(output);
  return {
    name: suite.name,
    budgetMinutes: suite.budgetMinutes,
    minutes,
    exitCode: code ?? 1,
    passed: results?.numPassedTests ?? 0,
    failed: results?.numFailedTests ?? 0,
    notRun: results === null ? [] : notRunOf(results),
    failures: results === null ? [] : errorsOf(results, 'failed'),
    secondTries: results === null ? [] : errorsOf(results, 'passed'),
  };
}

function listErrors(lines, title, errors) {
  if (errors.length === 0) return;
  lines.push('', title);
  for (const error of errors) {
    lines.push(`  ${relative(root, error.file)}: ${error.name}`);
    lines.push(...firstLines(error.message).map((line) => `    ${line.trim()}`));
  }
}

function report(outcomes) {
  const lines = ['', 'Minutes of each suite:'];
  for (const outcome of outcomes) {
    const over = outcome.minutes > outcome.budgetMinutes ? '   OVER ITS BUDGET' : '';
    lines.push(
      `  ${outcome.name.padEnd(16)} ${outcome.minutes.toFixed(1).padStart(5)} of ${outcome.budgetMinutes}   ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.notRun.length} not run${outcome.exitCode === 0 ? '' : '   FAILED'}${over}`,
    );
  }
  const notRun = outcomes.flatMap((outcome) => outcome.notRun);
  if (notRun.length > 0) {
    lines.push('', 'Not run:');
    for (const test of notRun) lines.push(`  ${test.name}: ${test.reason ?? 'NO REASON GIVEN'}`);
  }
  listErrors(
    lines,
    'Failed:',
    outcomes.flatMap((outcome) => outcome.failures),
  );
  listErrors(
    lines,
    'Passed only at the second try (a fault of the test or of the code, to be mended):',
    outcomes.flatMap((outcome) => outcome.secondTries),
  );
  const sum = (field) => outcomes.reduce((total, outcome) => total + outcome[field], 0);
  const skipped = notRun.length > 0 ? `, ${notRun.length} skipped` : '';
  lines.push('', `${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return notRun;
}

async function main() {
  const wanted = process.argv.slice(2);
  if (wanted.includes('--help') || wanted.includes('-h')) {
    process.stdout.write(help);
    return;
  }
  const unknown = wanted.filter((word) => !suites.some((suite) => suite.name.startsWith(word)));
  if (unknown.length > 0) throw new SetupError(`no suite is named ${unknown.join(', ')}.\n${help}`);
  const chosen =
    wanted.length === 0
      ? suites
      : suites.filter((suite) => wanted.some((word) => suite.name.startsWith(word)));

  await prepareNodeModules();
  await preparePage();
  const environment = environmentWithNode24();
  const inCi = process.env.CI === 'true';
  const prepared = await inherit(node24, ['--conditions=prunella-source', 'labs/src/prepare.ts'], {
    environment,
  });
  if (prepared.code !== 0 && inCi) {
    throw new SetupError(
      'a part that the tests need is missing (see above), and with CI=true that is a failure.',
    );
  }

  const outcomes = [];
  for (const suite of chosen) outcomes.push(await runSuite(suite, environment, inCi));
  const notRun = report(outcomes);
  const unexplained = notRun.filter((test) => test.reason === null);
  const missingInCi = inCi ? notRun.filter((test) => !reasonAllowedInCi.test(test.reason ?? '')) : [];
  if (unexplained.length > 0)
    process.stdout.write('A test was left out without a reason: that is a failure.\n');
  if (missingInCi.length > 0)
    process.stdout.write('A test was left out in CI for a part that must be there: that is a failure.\n');
  const failed = outcomes.some((outcome) => outcome.exitCode !== 0 || outcome.passed === 0);
  if (failed || unexplained.length > 0 || missingInCi.length > 0) process.exitCode = 1;
}

main().catch(failWith);
