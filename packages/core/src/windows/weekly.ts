import type { WeeklyWindow, WindowPolicy } from '../playbook/playbook.ts';
import { type OffsetOf, zoneOffsetMs } from './time-zone.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const dayMinutes = 1_440;
/** A window that comes once a week may fall into the hour that the clock skips, and comes a week later then. */
const lookAheadDays = 15;

/**
 * Whether an instant lies in a window, by the clock on the wall at that instant. An hour that the clock skips
 * never comes, so a window inside of it does not either; an hour that comes twice is in the window twice.
 */
export function isInWindow(
  windows: readonly WeeklyWindow[],
  timeZone: string,
  at: number,
  offsetOf: OffsetOf = zoneOffsetMs,
): boolean {
  const wall = at + offsetOf(timeZone, at);
  const day = Math.floor(wall / dayMs);
  const minute = (wall - day * dayMs) / minuteMs;
  return windows.some(({ days, fromMinute, toMinute }) => {
    const beginsToday = days.includes(weekday(day));
    if (fromMinute < toMinute) return beginsToday && minute >= fromMinute && minute < toMinute;
    const beganYesterday = days.includes(weekday(day - 1));
    return (beginsToday && minute >= fromMinute) || (beganYesterday && minute < toMinute);
  });
}

/** Whether a week has a minute that is allowed and not under maintenance. */
export function isEverAllowed({ allowed, maintenance }: WindowPolicy): boolean {
  const edgesOfDay = [...allowed, ...maintenance].flatMap(({ fromMinute, toMinute }) => [
    fromMinute,
    toMinute,
  ]);
  const minutes = [...new Set([0, ...edgesOfDay])].filter((minute) => minute < dayMinutes);
  const isIn = (windows: readonly WeeklyWindow[], at: number) => isInWindow(windows, 'UTC', at, () => 0);
  return Array.from({ length: 7 }, (_, day) => day).some((day) =>
    minutes.some((minute) => {
      const at = day * dayMs + minute * minuteMs;
      return (allowed.length === 0 || isIn(allowed, at)) && !isIn(maintenance, at);
    }),
  );
}

/** The next instant at which being in one of the windows changes; null where it never does. */
export function nextWindowChange(
  windows: readonly WeeklyWindow[],
  timeZone: string,
  now: number,
  offsetOf: OffsetOf = zoneOffsetMs,
): number | null {
  const isIn = isInWindow(windows, timeZone, now, offsetOf);
  const instants = [...edges(windows, timeZone, now, offsetOf), ...clockChanges(timeZone, now, offsetOf)]
    .filter((at) => at > now)
    .sort((left, right) => left - right);
  return instants.find((at) => isInWindow(windows, timeZone, at, offsetOf) !== isIn) ?? null;
}

/** Each instant at which the wall clock may show the beginning or the end of a window. */
function edges(
  windows: readonly WeeklyWindow[],
  timeZone: string,
  now: number,
  offsetOf: OffsetOf,
): number[] {
  const today = Math.floor((now + offsetOf(timeZone, now)) / dayMs);
  const instants: number[] = [];
  for (let day = today - 1; day <= today + lookAheadDays; day += 1) {
    for (const { days, fromMinute, toMinute } of windows) {
      if (!days.includes(weekday(day))) continue;
      const lengthOver = toMinute <= fromMinute ? dayMinutes : 0;
      for (const minute of [fromMinute, toMinute + lengthOver]) {
        const wall = day * dayMs + minute * minuteMs;
        // Around a change of the clock a wall time has none, one or two instants; both offsets are tried.
        instants.push(wall - offsetOf(timeZone, wall - dayMs), wall - offsetOf(timeZone, wall + dayMs));
      }
    }
  }
  return instants;
}

/** The instants at which the clock is put forward or back, to the millisecond. */
function clockChanges(timeZone: string, now: number, offsetOf: OffsetOf): number[] {
  const changes: number[] = [];
  for (let day = 0; day <= lookAheadDays; day += 1) {
    let before = now + day * dayMs;
    let after = before + dayMs;
    const offset = offsetOf(timeZone, before);
    if (offsetOf(timeZone, after) === offset) continue;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetOf(timeZone, middle) === offset) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}

/** 0 for Sunday; the first of January 1970 was a Thursday. */
function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}
