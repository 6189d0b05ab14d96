import { describe, expect, it } from 'vitest';
import { pauseMs } from '../../src/notify/delivery/pause.ts';
import { pick } from '../../src/notify/delivery/pick.ts';
import { surplusOf, type Waiting } from '../../src/notify/delivery/waiting.ts';
import { noticeOf } from './messages.ts';

const settings = { gathers: false, after: 3, withinMs: 60_000, mostInDigest: 500 };
const now = 1_000_000;

function waiting(
  row: number,
  incident: string | null,
  kind: Waiting['notice']['kind'],
  attempts = 0,
): Waiting {
  return { row, queuedAt: now, attempts, notice: noticeOf({ id: `msg_${row}`, kind, incident }) };
}

function rowsOf(picked: ReturnType<typeof pick>): readonly number[] | null {
  return picked?.what === 'send' ? picked.rows.map(({ row }) => row) : null;
}

describe('what is sent next', () => {
  it('is nothing where nothing waits', () => {
    expect(pick([], settings, [], now)).toBeNull();
  });

  it('is first what needs a person, but not before what came before it in its incident', () => {
    const rows = [waiting(1, 'a', 'opened'), waiting(2, 'b', 'opened'), waiting(3, 'b', 'needs-person')];
    expect(rowsOf(pick(rows, settings, [], now))).toEqual([2]);
    expect(rowsOf(pick(rows, { ...settings, gathers: true }, [], now))).toEqual([2, 3]);
  });

  it('is another incident where one has failed before, so that a message that is never taken holds up none', () => {
    const rows = [waiting(1, 'a', 'needs-person', 2), waiting(2, 'b', 'opened')];
    expect(rowsOf(pick(rows, settings, [], now))).toEqual([2]);
  });

  it('is one message for all where more incidents wait than may be told one by one', () => {
    const rows = [1, 2, 3, 4].map((row) => waiting(row, `i${row}`, 'opened'));
    expect(pick(rows, settings, [], now)).toMatchObject({ digest: true });
    expect(rowsOf(pick(rows, settings, [], now))).toEqual([1, 2, 3, 4]);
    expect(pick(rows.slice(0, 3), settings, [], now)).toMatchObject({ digest: false });
  });

  it('waits for the others once many messages went out, and what needs a person at most 5 s', () => {
    const sentAt = [now - 10_000, now - 9_000, now - 1_000];
    const quiet = [waiting(1, 'a', 'opened'), waiting(2, 'b', 'opened')];
    expect(pick(quiet, settings, sentAt, now)).toEqual({ what: 'wait', until: now + 50_000 });
    const urgent = [...quiet, waiting(3, 'c', 'needs-person')];
    expect(pick(urgent, settings, sentAt, now)).toEqual({ what: 'wait', until: now + 4_000 });
    expect(pick(urgent, settings, sentAt, now + 4_000)).toMatchObject({ digest: true });
  });
});

describe('a queue that is full', () => {
  it('drops the lightest and oldest first, and nothing that needs a person', () => {
    const rows = [
      waiting(1, 'a', 'opened'),
      waiting(2, 'a', 'needs-person'),
      waiting(3, 'a', 'recovered'),
      waiting(4, 'b', 'attempt'),
      waiting(5, 'b', 'attempt'),
      waiting(6, 'c', 'needs-person'),
    ];
    const dropped = (limit: number) => surplusOf(rows, limit).map(({ row }) => row);
    expect(dropped(6)).toEqual([]);
    expect(dropped(5)).toEqual([4]);
    expect(dropped(3)).toEqual([4, 5, 1]);
    expect(dropped(1)).toEqual([4, 5, 1, 3]);
  });

  it('has an end also for what needs a person: twice as much', () => {
    const rows = Array.from({ length: 10 }, (_, row) => waiting(row, `i${row}`, 'needs-person'));
    expect(surplusOf(rows, 3).map(({ row }) => row)).toEqual([0, 1, 2, 3]);
    expect(surplusOf(rows, 5)).toEqual([]);
  });
});

describe('the pause before the next try', () => {
  it('grows, is random, and has an end', () => {
    expect([1, 2, 3, 10, 40].map((failures) => pauseMs(failures, 900_000, () => 1, false))).toEqual([
      2_000, 4_000, 8_000, 900_000, 900_000,
    ]);
    expect(pauseMs(3, 900_000, () => 0.5, false)).toBe(4_000);
    expect(pauseMs(1, 900_000, () => 0, false)).toBe(100);
  });

  it('is long where a person must mend something first', () => {
    expect(pauseMs(1, 900_000, () => 0.5, true)).toBe(450_000);
  });
});
