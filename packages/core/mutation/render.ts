import { barPercent } from './options.ts';
import { type Counts, type Judged, killedOf, mutantsOf, nameOf, type Survivor, scoreOf } from './score.ts';
import { recordedHours } from './workshop.ts';

export interface MutationReport extends Judged {
  /** Of so many mutants those that were tried are a part. */
  readonly of: number;
  readonly tookMs: number;
}

interface LeftOut {
  readonly name: string;
  readonly why: string;
}

const percent = (value: number) => `${value.toFixed(1)} %`;

export function renderSummary(report: MutationReport): string {
  const lines = Object.entries(report.rooms)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([room, counts]) =>
        `${room.padEnd(16)} ${percent(scoreOf(counts)).padStart(8)}  ${killedOf(counts)} of ${mutantsOf(counts)} killed`,
    );
  return `${[...lines, '', ...sentences(report)].join('\n')}\n`;
}

function sentences(report: MutationReport): string[] {
  const { counts, mutants, of, score, interval, seed, scoreWithoutExplained } = report;
  const valid = mutantsOf(counts);
  const what =
    interval === null
      ? `All ${mutants} mutants`
      : `A random sample of ${mutants} of ${of} mutants (seed ${seed})`;
  const reach =
    interval === null ? '' : ` (95 % confidence: ${percent(interval[0])} to ${percent(interval[1])})`;
  return [
    `${what}: the compiler refuses ${counts.invalid}, ${valid} are valid.`,
    `Killed: ${killedOf(counts)} of ${valid}, ${percent(score)}${reach}; ${counts.timeout} of them by a limit of time.`,
    `Not killed: ${counts.survived} that tests reach, ${counts.notReached} that none reaches; ${counts.explained} of them explained.`,
    `Without the explained: ${percent(scoreWithoutExplained)}; the bar is ${barPercent} %.`,
    ...report.falseExplanations.map((text) => `False explanation: ${text}`),
  ];
}

const lineOf = ({ mutant, status }: Survivor) =>
  `${nameOf(mutant)}${status === 'not-reached' ? ' (not reached)' : ''}`;

export function renderSurvivors({ survivors }: MutationReport): string {
  return survivors
    .filter(({ why }) => why === null)
    .map((each) => `${each.mutant.file}:${each.mutant.line}: ${each.mutant.lineText}\n    ${lineOf(each)}\n`)
    .join('');
}

export function renderPage(report: MutationReport, leftOut: readonly LeftOut[]): string {
  const rooms = Object.entries(report.rooms)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([room, counts]) => roomRow(room, counts));
  return `# Mutation testing of core

Written by \`npm run mutation -- ${report.seed === null ? '' : `--sample ${report.mutants} --seed ${report.seed} `}--write\`.
Stryker's standard mutators change \`packages/core/src\` (without the simulator, which [proves itself](mutants.md))
in one place at a time, and the tests that reach the place must fail.

${sentences(report)
  .map((text) => `- ${text}`)
  .join('\n')}

A mutant that does not compile cannot be shipped and is in no number. The tests are those of \`npm test -- core\`,
but for these, so that the score is at most too low: recorded hours are ${recordedHours} and a third of it instead of
40, properties run 5 times, texts of megabytes and measurements of time are left out, and so are
${leftOut.map(({ name, why }) => `\`${name}\` (${why})`).join(', ')}.

| room | valid | killed | by time | survived | not reached | explained | score |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rooms.join('\n')}
${roomRow('**all**', report.counts)}

## Explained

${explained(report)}

## Not killed

Each is a test that is missing, or an equivalent that nobody has explained yet.

${survivorsByFile(report)}
`;
}

function roomRow(room: string, counts: Counts): string {
  const { killed, timeout, survived, notReached, explained: known } = counts;
  return `| ${room} | ${mutantsOf(counts)} | ${killed} | ${timeout} | ${survived} | ${notReached} | ${known} | ${percent(scoreOf(counts))} |`;
}

function explained({ survivors }: MutationReport): string {
  const known = survivors.filter(({ why }) => why !== null);
  if (known.length === 0) return 'None.';
  return known
    .map((each) => `- \`${each.mutant.file}\`: ${code(lineOf(each))}: ${each.why}`)
    .sort()
    .join('\n');
}

function survivorsByFile({ survivors }: MutationReport): string {
  const open = survivors.filter(({ why }) => why === null);
  const byFile = Map.groupBy(open, ({ mutant }) => mutant.file);
  return [...byFile]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([file, each]) => {
      const lines = each.map((one) => `- ${code(one.mutant.lineText)}: ${code(lineOf(one))}`).sort();
      return `### ${file}\n\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

/** As code in Markdown, whatever marks are in it. */
const code = (text: string) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
