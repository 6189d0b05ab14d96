import { describeDuration, type Explanation } from '@prunella/core';
import { describeEvent } from '../describe-event.ts';
import { type Colours, printable, timeText } from '../output.ts';
import type { FleetView } from './fleet-view.ts';
import { nextText, sentence } from './text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

type Paint = (text: string) => string;

/** A piece of a line, with its colour. */
type Part = string | readonly [text: string, paint: Paint];

/** The event lines that a screen keeps room for, however much is not ok. */
const leastEvents = 5;
const reasonLines = 2;
const remediesShown = 2;

/** The whole screen as lines, no longer than it is wide and no more than it has rows. */
export function renderScreen(view: FleetView, size: ScreenSize, colours: Colours, now: number): string[] {
  const { columns, rows } = size;
  const line = (...parts: readonly Part[]) => fit(parts, columns);
  const head = headLines(view, colours, now, line);
  const foot = line(['q quits   prunella explain tells all of it', colours.faint]);
  const room = Math.max(0, rows - head.length - 3);
  const eventRoom = Math.min(leastEvents, view.entries.length, Math.max(0, room - 1));
  const blocks = blockLines(view.explanations, room - eventRoom, columns, colours, now);
  const left = Math.max(0, room - blocks.length);
  const events = left === 0 ? [] : view.entries.slice(-left).map((entry) => eventLine(entry, colours, line));
  const lines = [
    ...head,
    '',
    ...blocks,
    ...(events.length === 0 ? [] : [line(['Events', colours.bold])]),
    ...events,
  ];
  const filled = lines.slice(0, Math.max(0, rows - 1));
  while (filled.length < rows - 1) filled.push('');
  return [...filled, foot].slice(0, rows);
}

type Line = (...parts: readonly Part[]) => string;

function headLines(view: FleetView, colours: Colours, now: number, line: Line): string[] {
  const { bold, red, green, yellow } = colours;
  const { link, paused, refusedConfiguration, address } = view;
  const isWell = view.explanations.every(({ state }) => state === 'ok');
  const connection: Part =
    link.is === 'live'
      ? ['live', green]
      : link.is === 'connecting'
        ? ['connecting \u2026', yellow]
        : ['NOT CONNECTED', red];
  return [
    line(['prunella watch', bold], `  ${address}  ${timeText(now).slice(11)}  `, connection),
    ...(link.is === 'lost'
      ? [line([`trying again in ${describeDuration(link.againAt - now)}: ${link.why}`, red])]
      : []),
    line([sentence(view), isWell ? green : bold]),
    ...(paused === null
      ? []
      : [
          line([
            `PAUSED by ${paused.by} for ${describeDuration(now - paused.at)}${paused.reason === '' ? '' : `: ${paused.reason}`}`,
            red,
          ]),
        ]),
    ...(refusedConfiguration === null
      ? []
      : [line(['A NEWER CONFIGURATION IS REFUSED, the former one is in force: prunella check', red])]),
  ];
}

/** As many as there is room for; at the end how many are left out. */
function blockLines(
  explanations: readonly Explanation[],
  room: number,
  columns: number,
  colours: Colours,
  now: number,
): string[] {
  const lines: string[] = [];
  for (const [index, explanation] of explanations.entries()) {
    const block = blockOf(explanation, columns, colours, now);
    const rest = explanations.length - index;
    const needed = rest > 1 ? block.length + 1 : block.length;
    if (lines.length + needed > room) {
      if (room > lines.length)
        lines.push(fit([[`and ${rest} more: prunella explain`, colours.faint]], columns));
      return lines;
    }
    lines.push(...block);
  }
  return lines;
}

function blockOf(explanation: Explanation, columns: number, colours: Colours, now: number): string[] {
  const { bold, red, yellow, green, faint } = colours;
  const { resource, state, since, incident, reason, next, remedies } = explanation;
  const paint = state === 'ok' ? green : state === 'undecided' || state === 'suspected' ? yellow : red;
  const line: Line = (...parts) => fit(parts, columns);
  return [
    line(
      [resource, bold],
      '  ',
      [since === null ? state : `${state} for ${describeDuration(now - since)}`, paint],
      [incident === null ? '' : `  ${incident}`, faint],
    ),
    ...wrap(reason, columns - 8, reasonLines).map((text, index) =>
      line(index === 0 ? '  why   ' : '        ', text),
    ),
    line('  next  ', nextText(next, now)),
    ...remedies.slice(0, remediesShown).map((remedy) => line('  do    ', [remedy, bold])),
    '',
  ];
}

function eventLine(entry: FleetView['entries'][number], colours: Colours, line: Line): string {
  const time = timeText(entry.at).slice(11);
  return line([time, colours.faint], `  ${entry.resource}  ${describeEvent(entry.event)}`);
}

/** At most `most` lines, broken between words. */
function wrap(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let rest = printable(text).replaceAll('\n', ' ').trim();
  while (rest.length > width && lines.length < most - 1) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** Cut to the width, and painted then. */
function fit(parts: readonly Part[], columns: number): string {
  let left = columns;
  let text = '';
  for (const part of parts) {
    const [raw, paint] = typeof part === 'string' ? [part, (same: string) => same] : part;
    const whole = printable(raw).replaceAll(/[\n\t]/g, ' ');
    const shown = whole.length > left ? `${whole.slice(0, Math.max(0, left - 1))}\u2026` : whole;
    if (left > 0) text += paint(shown);
    left -= whole.length;
  }
  return text;
}
