import { help, parseTortureOptions, type TortureCommand } from './options.ts';
import { type TortureReport, torture } from './torture.ts';

const progressEveryMs = 2_000;

async function main({ kills, seed, defect, json }: TortureCommand): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interruption.abort());
  }
  let toldAt = Date.now();
  const report = await torture({
    kills,
    seed,
    interrupted: interruption.signal,
    onProgress: (done) => {
      if (Date.now() - toldAt < progressEveryMs) return;
      toldAt = Date.now();
      process.stderr.write(`${done} of ${kills} kills\n`);
    },
    ...(defect === null ? {} : { defect }),
  });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  if (report.failures.length > 0) process.exitCode = 1;
  else if (!report.complete) process.exitCode = 130;
}

function render(report: TortureReport): string {
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  const lines = [
    `${report.kills} kills: ${counted(report.killsAt)}`,
    `${report.acknowledged} signals and commands acknowledged, ${report.attempts} attempts: ${counted(report.outcomes)}`,
  ];
  for (const { broken, repeat } of report.failures) {
    lines.push('', 'Broken:', ...broken.map((sentence) => `  ${sentence}`), `Repeat it with: ${repeat}`);
  }
  if (report.failures.length === 0) {
    lines.push(report.complete ? 'No rule was broken.' : 'Interrupted; no rule was broken until then.');
  }
  return `${lines.join('\n')}\n`;
}

let command: TortureCommand | 'help' | undefined;
try {
  command = parseTortureOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`torture: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (command === 'help') process.stdout.write(help);
else if (command !== undefined) await main(command);
