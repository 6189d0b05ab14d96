import type { Report, ResourceCondition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { initialObserveState } from './initial.ts';
import { observe } from './observe.ts';
import { observersOf } from './observers.ts';

const began = 1_800_000_000_000;

function reportOf(
  instance: string,
  condition: Partial<ResourceCondition>,
  said: Partial<Report> = {},
): Report {
  return {
    protocol: 1,
    service: 'shop',
    host: 'app1',
    instance,
    epoch: 'first',
    sequence: 1,
    heartbeatMs: 5_000,
    conditions: [
      { resource: 'postgres/main', condition: 'ok', sinceMs: 0, successes: 1, faults: {}, ...condition },
    ],
    ...said,
  };
}

function heard(...reports: readonly Report[]) {
  const state = initialObserveState();
  for (const report of reports) observe(state, { type: 'report', report }, began);
  return state;
}

const first = { after: null, limit: 10 };

describe('who observes a resource', () => {
  it('tells what each sees, with ages of the moment that was asked for', () => {
    const state = heard(
      reportOf('shop/app1/a', {
        condition: 'down',
        sinceMs: 1_000,
        lastFaultKind: 'unreachable',
        firstFaultAgeMs: 1_200,
        lastSuccessAgeMs: 1_500,
        cacheOnly: { newestAgeMs: 4_000 },
      }),
    );
    expect(observersOf(state, 'postgres/main', first, began + 500)).toEqual({
      observers: [
        {
          instance: 'shop/app1/a',
          service: 'shop',
          host: 'app1',
          condition: 'down',
          sinceMs: 1_500,
          kinds: ['unreachable'],
          lastSuccessAgeMs: 2_000,
          cacheAgeMs: 4_500,
          silent: false,
          heardAgeMs: 500,
        },
      ],
      next: null,
    });
  });

  it('takes one that is silent for unknown, since its report was overdue', () => {
    const state = heard(
      reportOf('shop/app1/a', { condition: 'ok', lastSuccessAgeMs: 0, cacheOnly: { newestAgeMs: 1 } }),
    );
    observe(state, { type: 'tick' }, began + 20_000);
    expect(observersOf(state, 'postgres/main', first, began + 20_000).observers).toMatchObject([
      { condition: 'unknown', silent: true, sinceMs: 5_000, cacheAgeMs: null, heardAgeMs: 20_000 },
    ]);
  });

  it('shows the sick first, then who is not known, then the well', () => {
    const state = heard(
      reportOf('a', { condition: 'ok' }),
      reportOf('b', { condition: 'unknown' }),
      reportOf('c', { condition: 'degraded', lastFaultKind: 'timeout' }),
    );
    const { observers } = observersOf(state, 'postgres/main', first, began);
    expect(observers.map(({ instance }) => instance)).toEqual(['c', 'b', 'a']);
  });

  it('tells them page by page, each once', () => {
    const names = ['d', 'b', 'a', 'e', 'c'];
    const state = heard(...names.map((name) => reportOf(name, { condition: 'ok' })));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = observersOf(state, 'postgres/main', { after, limit: 2 }, began);
      expect(page.observers.length).toBeLessThanOrEqual(2);
      seen.push(...page.observers.map(({ instance }) => instance));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('leaves out who said goodbye, and who observes something else', () => {
    const state = heard(
      reportOf('a', {}),
      reportOf('a', {}, { sequence: 2, goodbye: true }),
      reportOf('b', { resource: 'redis/cache' }),
    );
    expect(observersOf(state, 'postgres/main', first, began).observers).toEqual([]);
  });
});
