import { help, parseRacesOptions, type RacesCommand } from './options.ts';
import { type RacesReport, saltRaces } from './races.ts';

async function main({ orders, minions, defect, json }: RacesCommand): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interruption.abort(new Error('interrupted')));
  }
  const report = await saltRaces({
    orders,
    minions,
    fences: !defect,
    interrupted: interruption.signal,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  if (report.broken.length > 0) process.exitCode = 1;
  else if (!report.complete) process.exitCode = 130;
}

function render({
  attempts,
  outcomes,
  explained,
  disturbed,
  broken,
  complete,
  seconds,
}: RacesReport): string {
  const counted = Object.entries(outcomes).map(([name, count]) => `${count} ${name}`);
  const lines = [
    `${attempts} orders in ${seconds} s: ${counted.join(', ')}`,
    `Meanwhile: ${disturbed.join(', ') || 'nothing'}`,
    ...explained.map((text) => `  ${text}`),
    ...(broken.length > 0 ? ['', 'Broken:', ...broken.map((text) => `  ${text}`)] : []),
  ];
  if (broken.length === 0)
    lines.push(complete ? 'No rule was broken.' : 'Interrupted; no rule was broken until then.');
  return `${lines.join('\n')}\n`;
}

let command: RacesCommand | 'help' | undefined;
try {
  command = parseRacesOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`salt-races: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (command === 'help') process.stdout.write(help);
else if (command !== undefined) await main(command);
