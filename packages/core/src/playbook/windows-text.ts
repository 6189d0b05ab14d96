import { z } from 'zod';
import { isTimeZone } from '../windows/time-zone.ts';
import type { WeeklyWindow, WindowPolicy } from './playbook.ts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof weekdays)[number];

function weekdayNumber(day: Weekday): number {
  return weekdays.indexOf(day);
}

/** Whose clock times are written by. */
export function timeZoneText() {
  return z
    .string()
    .max(100)
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin or UTC')
    .prefault('UTC')
    .describe('Whose clock: an IANA name.');
}

/** The text form of `windows`. */
export function windowsText() {
  const timeOfDay = z
    .string()
    .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be a time of day in quotes, such as '09:30'");
  const windows = () =>
    z
      .array(
        z.strictObject({
          days: z
            .array(z.enum(weekdays))
            .min(1, 'must name at least one day')
            .max(7)
            .prefault([...weekdays])
            .describe('The days on which it begins; every day where left out.'),
          from: timeOfDay.describe("Its first minute on the clock on the wall, such as '22:00'."),
          to: timeOfDay.describe('The first minute after it; at or before `from`: on the next day.'),
        }),
      )
      .max(50)
      .prefault([]);
  return z.strictObject({
    timeZone: timeZoneText(),
    allowed: windows().describe(
      'What repairs or disrupts runs only inside of one of these; always where none is written.',
    ),
    maintenance: windows().describe('No attempt runs inside of one of these.'),
  });
}

type WindowsText = z.output<ReturnType<typeof windowsText>>;

export function toWindows({ timeZone, allowed, maintenance }: WindowsText): WindowPolicy {
  return { timeZone, allowed: allowed.map(toWindow), maintenance: maintenance.map(toWindow) };
}

function toWindow({ days, from, to }: WindowsText['allowed'][number]): WeeklyWindow {
  return { days: days.map(weekdayNumber), fromMinute: minuteOf(from), toMinute: minuteOf(to) };
}

function minuteOf(timeOfDay: string): number {
  const [hours = '0', minutes = '0'] = timeOfDay.split(':');
  return Number(hours) * 60 + Number(minutes);
}
