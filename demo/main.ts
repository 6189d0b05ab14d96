import { describeEvent } from 'prunella';
import { type Break, Breaker } from './breaker.ts';
import { waitForKeys } from './keys.ts';
import { type DemoOptions, help, parseDemoOptions } from './options.ts';
import { breakAndWatch, lastLine, type OutageReport, OutageWatch, summary, warmUp } from './outage.ts';
import { openPage } from './page.ts';
import { createScreen, type Screen } from './screen.ts';
import { openStage, type Stage } from './stage.ts';
import { isWorthALine } from './story.ts';
import { Teardown } from './teardown.ts';

/** Answers with what is left to say when everything has been stopped: the report of a headless run. */
async function run(
  options: DemoOptions,
  screen: Screen,
  teardown: Teardown,
  signal: AbortSignal,
): Promise<OutageReport | null> {
  const watch = new OutageWatch();
  const ending = { aborted: false };
  let observers = 0;
  let opened: Stage | undefined;
  const stage = await openStage(
    options,
    {
      say: screen.say,
      onActionerLine: (instance, line) => {
        const change = opened?.tally.told(instance, line);
        if (change === 'on-cache') {
          screen.actioner(instance, `goes on from cache: its copy of ${line.cid} is ${line.ageMs} ms old`);
        }
        if (change === 'back') screen.actioner(instance, 'is back on the database');
        // What is still kept when a person quits in the middle of an outage goes with the actioner.
        const isEnding = ending.aborted || signal.aborted;
        if (!isEnding && (line.type === 'lost' || line.type === 'skipped')) {
          screen.actioner(instance, `${line.type}: ${line.why}`);
        }
      },
      onLogEntry: (entry) => {
        watch.take(entry);
        if (entry.event.type === 'summary-changed') observers = entry.event.observers;
        if (isWorthALine(entry.event)) screen.healer(describeEvent(entry.event));
      },
      onStage: (stage) => {
        opened = stage;
      },
    },
    teardown,
    signal,
  );
  screen.block('The configuration (prunella.yaml):', stage.configuration);
  screen.block('The playbook:', stage.playbook);
  await warmUp(stage, () => observers === stage.actioners.count);
  screen.say('all parts are up: three actioners handle monitor results, the healer hears all of them');

  if (!options.headless) await openPage(stage.healer, screen, options.open);
  const breakOnce = async (how: Break) => {
    screen.restartClock();
    const report = await breakAndWatch(stage, watch, options.repairBy, how, screen.say);
    screen.block('', summary(report).join('\n'));
    return report;
  };
  const report = await breakOnce('SIGKILL');
  if (options.headless) return report;
  screen.say(lastLine(report));
  stage.actioners.send();
  const breaker = new Breaker(stage, screen, breakOnce);
  const failed = Promise.withResolvers<never>();
  stage.control?.serve(breaker, failed.reject);
  await Promise.race([waitForKeys({ breaker, screen, signal, stay: options.stay }), failed.promise]);
  ending.aborted = true;
  return null;
}

/** Exit status 0 only where all of it was observed. */
function finish(report: OutageReport, screen: Screen): void {
  if (report.missing.length === 0) {
    screen.last(lastLine(report));
    return;
  }
  screen.block('NOT healed as it must be:', report.missing.map((sentence) => `- ${sentence}`).join('\n'));
  process.exitCode = 1;
}

/** As a shell tells an end by a signal: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

async function main(): Promise<void> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(help);
    return;
  }
  const screen = createScreen(process.stdout, process.env);
  const interrupted = new AbortController();
  const teardown = new Teardown();
  // A terminal that was closed takes no more lines; that must not keep us from stopping everything.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // A second Ctrl-C changes nothing: to end at once would leave processes behind.
  for (const [signal, exitCode] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      process.exitCode ??= exitCode;
      interrupted.abort();
    });
  }
  const aborted = new Promise<null>((resolve) => {
    interrupted.signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  let report: OutageReport | null = null;
  try {
    const running = run(options, screen, teardown, interrupted.signal);
    running.catch(() => {});
    report = await Promise.race([running, aborted]);
  } finally {
    if (interrupted.signal.aborted) screen.say('stopping what was started ...');
    await teardown.run();
  }
  if (report !== null && !interrupted.signal.aborted) finish(report, screen);
}

try {
  await main();
} catch (error) {
  const text =
    error instanceof Error ? (process.env['PRUNELLA_DEBUG'] ? error.stack : error.message) : String(error);
  process.stderr.write(`demo: ${text}\n`);
  process.exitCode = 1;
}
// Whatever an interrupted start still waits for must not keep the terminal.
process.exit();
