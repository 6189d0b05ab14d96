import { describe, expect, it } from 'vitest';
import type { WeeklyWindow } from '../playbook/playbook.ts';
import { isTimeZone } from './time-zone.ts';
import { isInWindow, nextWindowChange } from './weekly.ts';

const at = (text: string) => Date.parse(text);
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const from = (fromMinute: number, toMinute: number, days = everyDay): WeeklyWindow => ({
  days,
  fromMinute,
  toMinute,
});
const clock = (hours: number, minutes = 0) => hours * 60 + minutes;
const text = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString());

describe('a weekly window', () => {
  it.each([
    ['2026-11-25T08:59:59Z', 'Europe/Berlin', true],
    ['2026-11-25T07:59:59Z', 'Europe/Berlin', false],
    ['2026-11-25T16:00:00Z', 'Europe/Berlin', false],
    ['2026-07-25T07:00:00Z', 'Europe/Berlin', true],
    ['2026-11-25T14:00:00Z', 'America/New_York', true],
    ['2026-11-25T13:59:00Z', 'America/New_York', false],
    ['2026-11-25T03:30:00Z', 'Asia/Kolkata', true],
    ['2026-11-25T03:29:00Z', 'Asia/Kolkata', false],
  ])('from 9 to 17 at %s in %s: %s', (instant, zone, expected) => {
    expect(isInWindow([from(clock(9), clock(17))], zone, at(instant))).toBe(expected);
  });

  it('over midnight belongs to the day on which it begins', () => {
    const saturdayNight = [from(clock(22), clock(4), [6])];
    expect(isInWindow(saturdayNight, 'UTC', at('2026-11-28T23:00:00Z'))).toBe(true);
    expect(isInWindow(saturdayNight, 'UTC', at('2026-11-29T03:59:00Z'))).toBe(true);
    expect(isInWindow(saturdayNight, 'UTC', at('2026-11-28T03:00:00Z'))).toBe(false);
    expect(text(nextWindowChange(saturdayNight, 'UTC', at('2026-11-28T23:00:00Z')))).toBe(
      '2026-11-29T04:00:00.000Z',
    );
  });

  it('opens next at its first minute, days ahead', () => {
    const monday = [from(clock(9), clock(10), [1])];
    expect(text(nextWindowChange(monday, 'Europe/Berlin', at('2026-11-25T12:00:00Z')))).toBe(
      '2026-11-30T08:00:00.000Z',
    );
  });

  it('that lies in the hour that is skipped does not come on that day', () => {
    // On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00.
    const skipped = [from(clock(2), clock(3))];
    expect(text(nextWindowChange(skipped, 'Europe/Berlin', at('2026-03-28T23:00:00Z')))).toBe(
      '2026-03-30T00:00:00.000Z',
    );
  });

  it('that begins in the skipped hour begins when the clock goes on', () => {
    const half = [from(clock(2, 30), clock(5))];
    expect(text(nextWindowChange(half, 'Europe/Berlin', at('2026-03-28T23:00:00Z')))).toBe(
      '2026-03-29T01:00:00.000Z',
    );
  });

  it('that lies in the hour that comes twice is open twice', () => {
    // On 25 October 2026 the clocks of Berlin go from 03:00 back to 02:00.
    const twice = [from(clock(2, 15), clock(2, 45))];
    const changes: (string | null)[] = [];
    let now = at('2026-10-24T22:00:00Z');
    for (let count = 0; count < 4; count += 1) {
      now = nextWindowChange(twice, 'Europe/Berlin', now) ?? Number.NaN;
      changes.push(text(now));
    }
    expect(changes).toEqual([
      '2026-10-25T00:15:00.000Z',
      '2026-10-25T00:45:00.000Z',
      '2026-10-25T01:15:00.000Z',
      '2026-10-25T01:45:00.000Z',
    ]);
  });

  it('that is always open never changes', () => {
    expect(nextWindowChange([from(0, clock(24))], 'UTC', at('2026-11-25T12:00:00Z'))).toBeNull();
  });

  it('knows what is a time zone', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});

it('looks past a week whose only window falls into the hour that the clock skips', () => {
  const sunday = [{ days: [0], fromMinute: 135, toMinute: 165 }];
  const monday = Date.parse('2027-03-22T08:00:00Z');
  const next = nextWindowChange(sunday, 'Europe/Berlin', monday);
  expect(next).toBe(Date.parse('2027-04-04T00:15:00Z'));
});
