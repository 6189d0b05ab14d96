import type { Machine } from './machine.ts';
import type { Bar, Row } from './row.ts';
import type { Measured, NotHad, Suite } from './suite.ts';

/** Everything that one run of a suite has to say. */
export interface Report extends Measured {
  readonly suite: string;
  readonly about: string;
  /** As many calls as the bars were written for. */
  readonly full: boolean;
  readonly machine: Machine;
  /** The day, as year-month-day. */
  readonly measuredOn: string;
  readonly notMeasured: Suite['notMeasured'];
  readonly notHad: readonly NotHad[];
}

const heads = ['figure', 'ours', 'peer', 'bar', 'unit', 'met'];

export function asTable(report: Report): string {
  const lines = aligned([heads, ...report.rows.map(cellsOf)]).map((row) => row.join('  ').trimEnd());
  return [...lines, '', ...report.conditions, ...missing(report), verdict(report.rows), ''].join('\n');
}

export function asPage(report: Report): string {
  const { suite, machine } = report;
  const [head = [], ...rows] = aligned([heads, ...report.rows.map(cellsOf)]);
  const table = [head, head.map((cell) => '-'.repeat(cell.length)), ...rows];
  return `# ${suite}: ${report.about}

Written by \`npm run bench -- ${suite}${report.full ? ' --full' : ''} --write\` on ${report.measuredOn}: ${machine.cores} cores (${machine.processor}), ${machine.system}, Node ${machine.node}.

${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}

${[...missing(report), verdict(report.rows)].join('\n\n')}

## Conditions

${asList(report.conditions)}

## What is not measured

${asList(report.notMeasured)}
`;
}

/** All cells of a column equally wide, as the formatter wants tables. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(Math.max(...rows.map((other) => other[column]?.length ?? 0)))),
  );
}

function asList(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

function cellsOf({ figure, ours, peer, peerName, bar, unit, met }: Row): string[] {
  const beside = peer === null ? '-' : `${short(peer)} (${peerName})`;
  return [figure, short(ours), beside, barText(bar), unit, metText(bar, met)];
}

function barText(bar: Bar | null): string {
  if (bar === null) return 'none, reported';
  const { rule, value, from } = bar;
  return `${rule} ${short(value)} (${from})`;
}

function metText(bar: Bar | null, met: boolean): string {
  if (!met) return 'MISSED';
  return bar === null ? '-' : 'yes';
}

/** By name and reason: what could not be measured has not passed. */
function missing({ notHad }: Report): string[] {
  return notHad.map(({ what, why }) => `Not measured here, and so no pass: ${what}: ${why}.`);
}

function verdict(rows: readonly Row[]): string {
  const barred = rows.filter((row) => row.bar !== null || !row.met);
  const missed = rows.filter((row) => !row.met);
  if (missed.length === 0) return `All ${barred.length} bars are met.`;
  return `${missed.length} of ${barred.length} bars missed: ${missed.map(({ figure }) => figure).join('; ')}.`;
}

/** Three figures that mean something. */
function short(value: number): string {
  if (!Number.isFinite(value)) return 'no figure';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}
