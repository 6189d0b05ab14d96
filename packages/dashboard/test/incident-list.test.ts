import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askIncidents, type Incident, type IncidentPage } from '../src/api/answers.ts';
import { IncidentList } from '../src/views/incidents/incident-list.ts';

vi.mock('../src/api/answers.ts', () => ({ askIncidents: vi.fn() }));

/** A stand-in for the healer's answers: incidents by number, the newest first. */
let newest = 0;
const asked: Parameters<typeof askIncidents>[0][] = [];

beforeEach(() => {
  vi.useFakeTimers();
  newest = 200;
  asked.length = 0;
  vi.mocked(askIncidents).mockImplementation(async (query, signal) => {
    asked.push(query);
    await new Promise((resolve) => setTimeout(resolve, 100));
    signal?.throwIfAborted();
    return pageOf(query.cursor === undefined ? newest : Number(query.cursor), query.limit);
  });
});
afterEach(() => void vi.useRealTimers());

function pageOf(first: number, limit: number): IncidentPage {
  const numbers = Array.from({ length: Math.min(limit, first) }, (_, index) => first - index);
  const incidents = numbers.map((number) => ({ incident: String(number) }) as Incident);
  const rest = first - numbers.length;
  return { incidents, next: rest > 0 ? String(rest) : null };
}

const shown = ({ rows }: IncidentList) => rows.value?.map(({ incident }) => Number(incident)) ?? [];

test('follows a storm in which incidents open faster than the healer answers', async () => {
  const list = new IncidentList(50);
  list.filter({});
  for (let turn = 0; turn < 200; turn += 1) {
    newest += 1;
    list.refresh();
    await vi.advanceTimersByTimeAsync(50);
    if (turn > 40) expect(newest - (shown(list)[0] ?? 0)).toBeLessThan(25);
  }
  expect(asked.length).toBeLessThan(20);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown(list)[0]).toBe(newest);
  list.stop();
});

test('reads anew also what was read further down, so that nobody loses their place', async () => {
  const list = new IncidentList(50);
  list.filter({});
  await vi.advanceTimersByTimeAsync(200);
  void list.older();
  await vi.advanceTimersByTimeAsync(200);
  expect(shown(list)).toHaveLength(100);
  newest += 1;
  list.refresh();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown(list)).toHaveLength(100);
  expect(shown(list)[0]).toBe(201);
  expect(list.next.value).toBe('101');
});

test('shows nothing of filters that were changed meanwhile', async () => {
  const list = new IncidentList(50);
  list.filter({ resource: 'redis/c' });
  await vi.advanceTimersByTimeAsync(50);
  list.filter({ resource: 'redis/cache' });
  await vi.advanceTimersByTimeAsync(75);
  expect(list.rows.value).toBeNull();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked.map(({ resource }) => resource)).toEqual(['redis/c', 'redis/cache']);
  expect(shown(list)).toHaveLength(50);
  expect(list.problem.value).toBeNull();
});
