import type { LogEntry } from '@prunella/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askIncidentLog, askResourceLog } from '../src/api/answers.ts';
import { IncidentLog } from '../src/views/incident/incident-log.ts';

const stream = vi.hoisted(() => ({ tell: (_entry: LogEntry): void => {} }));

// Stand-ins: what a healer answers, and its stream.
vi.mock('../src/api/answers.ts', () => ({ askIncidentLog: vi.fn(), askResourceLog: vi.fn() }));
vi.mock('../src/live/fleet.ts', () => ({
  link: { peek: () => ({ state: 'live' }) },
  onLogEntry: (listener: (entry: LogEntry) => void) => {
    stream.tell = listener;
    return () => {};
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function entry(sequence: number, type: string, incident: string | null = 'one'): LogEntry {
  return { sequence, at: sequence, resource: 'web/shop', incident, event: { type } } as unknown as LogEntry;
}

test('what was seen between a closing and its relapse is asked for again where that failed', async () => {
  const entries = [entry(1, 'incident-opened'), entry(2, 'incident-closed')];
  vi.mocked(askIncidentLog).mockImplementation(async (_incident, after) =>
    entries.filter(({ sequence }) => sequence > after),
  );
  let asked = 0;
  vi.mocked(askResourceLog).mockImplementation(async (_resource, { after }) => {
    if (after < 2) return [];
    asked += 1;
    if (asked === 1) throw new Error('the healer starts anew');
    return [entry(3, 'summary-changed', null)];
  });
  const log = new IncidentLog('one');
  log.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log.isComplete.value).toBe(true);
  const relapse = entry(4, 'incident-reopened');
  entries.push(relapse);
  stream.tell(relapse);
  await vi.advanceTimersByTimeAsync(20_000);
  log.stop();
  expect(log.between.value.map(({ sequence }) => sequence)).toEqual([3]);
  expect(log.problem.value).toBeNull();
  expect(asked).toBe(2);
});
