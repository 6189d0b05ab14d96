import { type Entry, type History, rules } from '@prunella/core/simulate';
import type { SeedFailure, SeedsReport } from './live-seeds.ts';

export function renderReport(report: SeedsReport): string {
  const { what, from, lived, tookMs, failures, complete } = report;
  const hours = `${lived} simulated hours (seeds ${from} to ${from + lived - 1}) in ${(tookMs / 1000).toFixed(1)} s`;
  const speed = `${(lived / Math.max(0.001, tookMs / 1000)).toFixed(1)} hours a second`;
  const end = complete ? '' : ', stopped before the end';
  const verdict = failures.length === 0 ? 'no rule broken' : `${failures.length} seeds broke a rule`;
  const told = failures.map((failure) => renderFailure(what, failure)).join('\n');
  return `${hours}, ${speed}${end}: ${verdict}\n${told}`;
}

function renderFailure(what: string, { seed, broken, shrunk }: SeedFailure): string {
  const word = what === 'seeds' ? '' : `${what} `;
  const lines = broken.slice(0, 5).map(({ rule, at, what: text }) => `  ${clock(at)} ${rule}: ${text}`);
  return `
Seed ${seed}
${lines.join('\n')}
  repeat it: npm run simulate -- ${word}--seed ${seed}
${renderHistory(shrunk)}`;
}

function renderHistory(history: History): string {
  const { resources, services, happenings, fates, answers } = history;
  const lines = [
    ...resources.map(({ facts, playbook }) => {
      const nodes = facts.nodes.map(({ name }) => name).join(', ');
      const steps = playbook.ladder
        .map(({ id, effect, autonomy }) => `${id} ${effect} ${autonomy}`)
        .join(', ');
      return `resource ${facts.resource} (${nodes}): ${steps}`;
    }),
    ...services.map(
      ({ name, hosts, resources: uses }) => `service ${name} on ${hosts.join(', ')} uses ${uses.join(', ')}`,
    ),
    ...happenings.map(({ at, ...happening }) => `${clock(at)} ${JSON.stringify(happening)}`),
    `orders: ${fates.join(', ') || 'all succeed'}; answers: ${answers.map(({ says, afterMs }) => `${says} after ${clock(afterMs)}`).join(', ') || 'none'}`,
  ];
  return lines.map((line) => `  ${line}`).join('\n');
}

/** What a person wants to see of a run: not the ticks and not the reports. */
export function renderStory(entries: readonly Entry[]): string {
  return entries
    .flatMap((entry) => {
      if (entry.type === 'command' && entry.command.type !== 'dispatch') return [];
      if (entry.type === 'input' && entry.input.type !== 'probe') return [];
      const { at, clock: _, ...rest } = entry;
      return [`${clock(at)} ${JSON.stringify(rest).slice(0, 240)}`];
    })
    .join('\n');
}

export function renderPage(report: SeedsReport): string {
  const { what, lived, from, stories, counts, failures, tookMs } = report;
  const title = what === 'seeds' ? 'Simulated hours' : 'Hours in which no repair is right';
  const command = `npm run simulate -- ${what === 'seeds' ? '' : `${what} `}--seeds ${lived}${from === 1 ? '' : ` --from ${from}`}`;
  const rows = (table: Readonly<Record<string, number>>) =>
    Object.entries(table)
      .map(([name, count]) => `| ${name} | ${count} |`)
      .join('\n');
  return `# ${title}

Written by \`${command} --write\`: ${lived} hours in ${Math.round(tookMs / 1000)} s on one core, ${failures.length} broke a rule.

| story | hours |
| --- | --- |
${rows(stories)}

| what happened | times |
| --- | --- |
${rows(counts)}

## The rules

${rules.map(({ name, holds }) => `- \`${name}\`: ${holds}`).join('\n')}
`;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}
