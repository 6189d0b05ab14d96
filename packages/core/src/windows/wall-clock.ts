import { type OffsetOf, zoneOffsetMs } from './time-zone.ts';

const dayMs = 86_400_000;
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
