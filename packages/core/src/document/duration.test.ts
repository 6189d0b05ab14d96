import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, longestDurationMs, parseDuration } from './duration.ts';

describe('durations in text', () => {
  it.each([
    ['5m', 300_000],
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['0s', 0],
    ['2d3h4m5s6ms', 183_845_006],
  ])('reads %s as %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each([
    '',
    '5',
    '5 m',
    's',
    '-5s',
    '30s1m',
    '5m5m',
    '1e3s',
    '5M',
    '1:30',
    '.5s',
    '5.s',
    '367d',
    '9'.repeat(30),
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: longestDurationMs }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  it('writes the units that people use', () => {
    expect(formatDuration(90_000)).toBe('1m30s');
    expect(formatDuration(0)).toBe('0s');
    expect(formatDuration(-5)).toBe('0s');
  });
});

it('is at most 366 days long, to the millisecond', () => {
  expect(parseDuration('366d')).toBe(longestDurationMs);
  expect(parseDuration('366d1ms')).toBeNull();
});
