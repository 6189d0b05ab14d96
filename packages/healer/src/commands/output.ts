import type { CommandIo } from './command.ts';

type Stream = CommandIo['stdout'];
type Paint = (text: string) => string;

export interface Colours {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly bold: Paint;
  readonly faint: Paint;
}

/** Colours only on a terminal, or where FORCE_COLOR asks for them; none where NO_COLOR is set to anything. */
export function coloursFor(stream: Stream, environment: CommandIo['environment']): Colours {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '';
  const forced = environment['FORCE_COLOR'] ?? '';
  const isForced = forced !== '' && forced !== '0' && forced !== 'false';
  const isColourful = stream.isTTY === true && environment['TERM'] !== 'dumb' && forced === '';
  const on = !isRefused && (isForced || isColourful);
  const paint = (code: number): Paint => (on ? (text) => `\u001b[${code}m${text}\u001b[0m` : (text) => text);
  return { red: paint(31), yellow: paint(33), green: paint(32), bold: paint(1), faint: paint(2) };
}

export function writeJson(stream: Stream, value: unknown): void {
  stream.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** What comes from elsewhere must not steer the terminal. Line breaks and tabs stay. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·');
}

/** `2026-11-23 08:12:05Z`; to the millisecond where asked for. */
export function timeText(at: number, precise = false): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '(no time)';
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day} ${time.slice(0, precise ? 12 : 8)}Z`;
}
