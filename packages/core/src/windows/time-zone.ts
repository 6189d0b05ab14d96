/** By how much the wall clock of a time zone is ahead of UTC at an instant, ms. */
export type OffsetOf = (timeZone: string, at: number) => number;

/** Making one costs far more than using one; playbooks name few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();
const formatsKept = 64;

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formats.size >= formatsKept) formats.clear();
  formats.set(timeZone, made);
  return made;
}

export function isTimeZone(name: string): boolean {
  try {
    formatFor(name);
    return true;
  } catch {
    return false;
  }
}

/** A guardrail asks for the same minutes again and again, and asking the engine costs microseconds. */
const offsets = new Map<string, number>();
const offsetsKept = 4_096;
const minuteMs = 60_000;

/**
 * From the time zone data of the engine that runs this, such as Node's ICU. Throws a RangeError for no zone.
 * Clocks are changed on whole minutes, so all of a minute has one offset.
 */
export const zoneOffsetMs: OffsetOf = (timeZone, at) => {
  const minute = Math.floor(at / minuteMs);
  const key = `${timeZone} ${minute}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = askOffset(timeZone, minute * minuteMs);
  if (offsets.size >= offsetsKept) offsets.clear();
  offsets.set(key, offset);
  return offset;
};

function askOffset(timeZone: string, at: number): number {
  const fields: Record<string, number> = {};
  for (const { type, value } of formatFor(timeZone).formatToParts(at)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
}
