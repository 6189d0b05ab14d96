import { expect, it } from 'vitest';
import { instantShown, skippedSpans, wallTime } from './wall-clock.ts';

it.each([
  ['2027-01-15 08:05', 'UTC', '2027-01-15T08:05:00.000Z'],
  ['2027-07-15 08:05', 'Europe/Berlin', '2027-07-15T06:05:00.000Z'],
  ['2027-03-28 01:59', 'Europe/Berlin', '2027-03-28T00:59:00.000Z'],
  ['2027-03-28 03:00', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
  // Shown twice: the first.
  ['2027-10-31 02:30', 'Europe/Berlin', '2027-10-31T00:30:00.000Z'],
  ['2027-01-01 00:00', 'Asia/Kathmandu', '2026-12-31T18:15:00.000Z'],
  // Never shown: skipped, no such day, no such text.
  ['2027-03-28 02:30', 'Europe/Berlin', null],
  ['2027-02-30 12:00', 'UTC', null],
  ['2027-13-01 12:00', 'UTC', null],
  ['12:00', 'UTC', null],
])('the clock shows %s in %s: %s', (shown, timeZone, expected) => {
  const at = instantShown(shown, timeZone);
  expect(at === null ? null : new Date(at).toISOString()).toBe(expected);
});

it('knows what clocks jump over in a year, and what they show', () => {
  const sunday = { weekday: 0, fromMinute: 120, toMinute: 180 };
  expect(skippedSpans('Europe/Berlin', 2027)).toEqual([sunday]);
  expect(skippedSpans('America/New_York', 2027)).toEqual([sunday]);
  expect(skippedSpans('Australia/Lord_Howe', 2027)).toEqual([{ ...sunday, toMinute: 150 }]);
  expect(skippedSpans('Asia/Kolkata', 2027)).toEqual([]);
  expect(wallTime(Date.UTC(2027, 6, 15, 7), 'Europe/Berlin')).toBe('09:00');
});
