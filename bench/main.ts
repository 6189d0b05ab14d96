import { mkdirSync, writeFileSync } from 'node:fs';
import { busyRemark, thisMachine } from './machine.ts';
import { type BenchOptions, help, list, parseBenchOptions } from './options.ts';
import { asPage, asTable, type Report } from './report.ts';
import { suites } from './suites.ts';

async function measure(wanted: string, full: boolean): Promise<Report> {
  const listed = suites.find(({ name }) => name === wanted);
  if (listed === undefined) throw new Error(`the suite ${wanted} is not listed`);
  const suite = await listed.load();
  const begunAt = performance.now();
  // With the time since the start: the next line says how long this part took.
  const say = (line: string) => {
    const seconds = Math.round((performance.now() - begunAt) / 1_000);
    process.stderr.write(`${String(seconds).padStart(5)} s  ${line}\n`);
  };
  const machine = thisMachine();
  const busy = busyRemark(machine);
  const { rows, conditions, notHad = [] } = await suite.measure({ full, say });
  say('done');
  return {
    suite: listed.name,
    about: listed.about,
    full,
    machine,
    measuredOn: new Date().toISOString().slice(0, 10),
    rows,
    notHad,
    conditions: busy === null ? conditions : [...conditions, busy],
    notMeasured: suite.notMeasured,
  };
}

/** Beside this file, wherever the repository lies. */
function write(report: Report): void {
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${report.suite}.md`, folder), asPage(report));
}

async function main(options: BenchOptions): Promise<void> {
  const { suite, full, json } = options;
  if (suite === undefined) {
    const names = suites.map(({ name, about }) => ({ name, about }));
    process.stdout.write(json ? `${JSON.stringify({ suites: names }, null, 2)}\n` : list);
    return;
  }
  const report = await measure(suite, full);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : asTable(report));
  if (options.write) write(report);
  if (report.notHad.length > 0 || report.rows.some((row) => !row.met)) process.exitCode = 1;
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status));
}

let options: BenchOptions | 'help' | undefined;
try {
  options = parseBenchOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (options === 'help') process.stdout.write(help);
else if (options !== undefined) await main(options);
