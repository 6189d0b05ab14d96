import { type OffsetOf, zoneOffsetMs } from './time-zone.ts';

const dayMs = 86_400_000;
const halfHourMs = 1_800_000;
export const wallClockPattern = /^(\d{4})-(\d{2})-(\d{2}) ([01]\d|2[0-3]):([0-5]\d)$/;

/**
 * The instant at which the clock on the wall of a time zone shows a date and a time, such as `2027-03-28 01:30`, in ms
 * since the Unix epoch: the first of two where the clock is put back. Null where it is never shown: no such day, or
 * the clock skips it. Throws a RangeError for no zone.
 */
export function instantShown(
  shown: string,
  timeZone: string,
  offsetOf: OffsetOf = zoneOffsetMs,
): number | null {
  const parts = wallClockPattern.exec(shown)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  if (!new Date(wall).toISOString().startsWith(shown.slice(0, 10))) return null;
  const candidates = [wall - offsetOf(timeZone, wall - dayMs), wall - offsetOf(timeZone, wall + dayMs)];
  const instants = candidates.filter((at) => at + offsetOf(timeZone, at) === wall);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** What the clock on the wall shows at an instant: `09:00`. */
export function wallTime(at: number, timeZone: string, offsetOf: OffsetOf = zoneOffsetMs): string {
  return new Date(at + offsetOf(timeZone, at)).toISOString().slice(11, 16);
}

/** A span that a clock on the wall jumps over. */
export interface SkippedSpan {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly fromMinute: number;
  readonly toMinute: number;
}

/**
 * What the clock of a time zone jumps over in the course of a year, on whole and half hours of UTC. Which year makes little
 * difference: rules change rarely, and the days of the week are the same.
 */
export function skippedSpans(
  timeZone: string,
  year: number,
  offsetOf: OffsetOf = zoneOffsetMs,
): readonly SkippedSpan[] {
  const spans: SkippedSpan[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  for (let day = Date.UTC(year, 0, 1); day < end; day += dayMs) {
    if (offsetOf(timeZone, day) >= offsetOf(timeZone, day + dayMs)) continue;
    for (let at = day; at < day + dayMs; at += halfHourMs) {
      const [before, after] = [offsetOf(timeZone, at), offsetOf(timeZone, at + halfHourMs)];
      if (before >= after) continue;
      const wall = new Date(at + halfHourMs + before);
      const fromMinute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
      spans.push({
        weekday: wall.getUTCDay(),
        fromMinute,
        toMinute: fromMinute + (after - before) / 60_000,
      });
    }
  }
  return spans;
}
