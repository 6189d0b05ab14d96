import { initialObserveState, mergeSummaries, observe } from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import type { ObservationSummary, Report } from '@prunella/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reports, summaries } from './arbitrary.ts';

/** The last summary after the reports, one a second, and a tick. */
function observed(given: readonly Report[]): ObservationSummary | undefined {
  const state = initialObserveState();
  let last: ObservationSummary | undefined;
  given.forEach((report, index) => {
    const { changed } = observe(state, { type: 'report', report }, worldBegan + index);
    last = changed[0] ?? last;
  });
  return last;
}

describe('observe', () => {
  it('never throws, and its counts always add up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), reports), { maxLength: 60 }),
        (given) => {
          const state = initialObserveState();
          let now = worldBegan;
          const incident = 'i';
          const resource = 'rethinkdb/main';
          given.forEach(([later, report], index) => {
            now += later;
            const what = index % 15 === 5 ? 'begin' : index % 15 === 10 ? 'mark' : null;
            const { changed } = observe(
              state,
              what === null
                ? { type: 'report', report }
                : { type: 'follow-cohort', resource, incident, what, at: now },
              now,
            );
            for (const summary of changed) {
              const { ok, degraded, down, unknown } = summary.conditions;
              expect(ok + degraded + down + unknown).toBe(summary.observers);
              const kinds = Object.values(summary.sickByKind).reduce((sum, each) => sum + each, 0);
              expect(kinds).toBe(down + degraded);
              expect(summary.earliestFaultAt === null).toBe(down + degraded === 0);
              const { cohort } = summary;
              if (cohort === null) continue;
              expect(cohort.sick + cohort.okSinceMark + cohort.gone).toBeLessThanOrEqual(cohort.total);
              expect(cohort.sick).toBe(down + degraded);
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('ends the same when reports of one epoch are repeated', () => {
    const oneEpoch = fc.array(
      reports.map((report) => ({ ...report, epoch: 'e' })),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(oneEpoch, (given) => {
        const counts = (summary: ObservationSummary | undefined) =>
          summary && { conditions: summary.conditions, kinds: summary.sickByKind, hosts: summary.hosts };
        const doubled = given.flatMap((report) => [report, report]);
        expect(counts(observed(doubled))).toEqual(counts(observed(given)));
      }),
    );
  });

  it('ends with the newest of each instance, in whatever order reports arrive', () => {
    const living = reports.map(({ goodbye: _, ...report }) => ({ ...report, epoch: 'e' }));
    const distinct = fc.uniqueArray(living, {
      maxLength: 20,
      selector: (report) => `${report.instance} ${report.sequence}`,
    });
    const shuffled = distinct.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        const end = (order: readonly Report[]) => {
          const state = initialObserveState();
          for (const report of order) observe(state, { type: 'report', report }, worldBegan);
          const board = state.boards['rethinkdb/main'];
          return board && { conditions: board.conditions, kinds: board.sickByKind, hosts: board.hostsSick };
        };
        const sorted = [...given].sort((left, right) => left.sequence - right.sequence);
        expect(JSON.stringify(end(other)?.conditions)).toBe(JSON.stringify(end(sorted)?.conditions));
        expect(end(other)?.kinds).toEqual(end(sorted)?.kinds);
      }),
    );
  });
});

describe('merging summaries', () => {
  it('is associative and commutative', () => {
    fc.assert(
      fc.property(summaries, summaries, summaries, (a, b, c) => {
        expect(mergeSummaries(a, b)).toEqual(mergeSummaries(b, a));
        expect(mergeSummaries(mergeSummaries(a, b), c)).toEqual(mergeSummaries(a, mergeSummaries(b, c)));
      }),
    );
  });
});
