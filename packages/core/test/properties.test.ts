import {
  type Command,
  type Decision,
  decide,
  decideFleet,
  effectiveness,
  explain,
  initialFleetState,
  initialObserveState,
  initialResourceState,
  type LogEntry,
  mergeSummaries,
  observe,
  type Playbook,
  type ResourceInput,
  type ResourceState,
  renderExplanation,
  viewIncidents,
  whyNot,
} from '@prunella/core';
import { World, worldBegan } from '@prunella/core/simulate';
import type { ObservationSummary, Report } from '@prunella/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fleetInputs,
  presentAttemptId,
  presentIncidentId,
  reports,
  resourceInputs,
  summaries,
} from './arbitrary.ts';
import { articlePlaybook, highstate, restart, seconds } from './playbooks.ts';

const facts = {
  resource: 'rethinkdb/main',
  nodes: [
    { name: 'db1', target: 't1' },
    { name: 'db2', target: 't2' },
  ],
  labels: {},
};

/** Everything opens and runs quickly, so that random inputs reach every phase. */
const hasty: readonly Playbook[] = (
  [
    ['auto', 100_000],
    ['auto', 20_000],
    ['ask', 20_000],
    ['shadow', 20_000],
  ] as const
).map(([autonomy, windowMs]) => {
  const verify = { windowMs, soakMs: 0, cohortShare: 0.5 };
  return articlePlaybook({
    open: {
      afterMs: 0,
      confirm: { by: 'none' },
      signals: [{ type: '*' }],
      graceAfterStartMs: 0,
    },
    limits: { attemptsPerDay: 1_000, flappingOpenings: 1_000 },
    ladder: [
      { ...highstate, autonomy, verify, afterMs: 0, everyMs: 1_000, max: 4 },
      {
        ...restart,
        autonomy,
        verify,
        afterMs: 0,
        everyMs: 1_000,
        onHold: 'next',
        target: { select: 'expression', expression: 'db*', matcher: 'glob' },
      },
    ],
  });
});

/** Puts the present attempt's id, and times near now, where the random input left a place for them. */
function fit(input: ResourceInput, state: ResourceState, now: number): ResourceInput {
  const id = state.incident?.attempt?.id ?? presentAttemptId;
  const text = JSON.stringify(input)
    .replaceAll(`"${presentAttemptId}"`, `"${id}"`)
    .replaceAll(presentIncidentId, state.incident?.id ?? 'none');
  const fitted: ResourceInput = JSON.parse(text);
  if (fitted.type === 'probe') {
    return {
      ...fitted,
      result: { ...fitted.result, beganAt: now - (fitted.result.beganAt % 3_000), endedAt: now },
    };
  }
  if (fitted.type === 'permit' && fitted.decision.type === 'granted') {
    return {
      ...fitted,
      decision: { ...fitted.decision, expiresAt: now + (fitted.decision.expiresAt % 20_000) - 2_000 },
    };
  }
  return fitted;
}

/** What happens next: time passes, then the oldest open command is answered as an engine would, or anything. */
const happenings = fc.record({
  laterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 15_000 })),
  input: resourceInputs,
  answers: fc.constantFrom(true, true, false),
  well: fc.boolean(),
  outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'unknown' as const),
});
type Happening = typeof happenings extends fc.Arbitrary<infer Value> ? Value : never;
const timed = fc.array(happenings, { minLength: 20, maxLength: 120, size: 'max' });

function answerTo(command: Command, { well, outcome }: Happening, now: number): ResourceInput {
  switch (command.type) {
    case 'probe': {
      const result = {
        resource: 'rethinkdb/main',
        node: 'db1',
        passed: well,
        beganAt: now,
        endedAt: now,
        detail: '',
      };
      return { type: 'probe', result };
    }
    case 'resolve-targets': {
      const targets = [{ id: 't1', responding: true, node: 'db1' }];
      return { type: 'targets', attempt: command.attempt, resolution: { resolved: true, targets } };
    }
    case 'request-permit': {
      const fence = { authority: 'a', generation: 1, number: 1 };
      const decision = { type: 'granted', permit: 'p', fence, expiresAt: now + 10_000 } as const;
      return { type: 'permit', attempt: command.request.attempt, decision };
    }
    case 'dispatch': {
      const result = { outcome, summary: '', targets: [] };
      return { type: 'result', attempt: command.order.attempt, result };
    }
    default:
      return { type: 'tick' };
  }
}

function run(
  given: readonly Happening[],
  playbook: Playbook,
  each: (decision: Decision, now: number) => void,
): ResourceState {
  let state = initialResourceState('rethinkdb/main');
  let now = worldBegan;
  const open: Command[] = [];
  for (const happening of given) {
    now += happening.laterMs;
    const asked = happening.answers ? open.shift() : undefined;
    const input = asked === undefined ? fit(happening.input, state, now) : answerTo(asked, happening, now);
    const decision = decide(state, input, playbook, facts, now);
    open.push(...decision.commands.filter((command) => answered.has(command.type)));
    each(decision, now);
    state = decision.state;
  }
  return state;
}

const answered: ReadonlySet<string> = new Set(['probe', 'resolve-targets', 'request-permit', 'dispatch']);

describe('decide', () => {
  it('has an answer to every input in every state, and explains each state', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        run(inputs, playbook, ({ state, commands }, now) => {
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          expect(renderExplanation(explain(state, playbook, facts, state.fleet, now), now)).toContain(
            'State',
          );
          viewIncidents(state);
          for (const command of commands) {
            if (command.type === 'wake') expect(command.at).toBeGreaterThan(now);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is deterministic, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        const first: string[] = [];
        let before = '';
        run(inputs, playbook, (decision) => {
          first.push(JSON.stringify(decision));
          before = JSON.stringify(decision.state);
        });
        const second: string[] = [];
        const last = run(inputs, playbook, (decision) => second.push(JSON.stringify(decision)));
        expect(second).toEqual(first);
        if (inputs.length > 0) expect(JSON.stringify(last)).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it('is driven through every phase by these inputs', () => {
    const reached = new Set<string>();
    for (const playbook of hasty) {
      for (const given of fc.sample(timed, { numRuns: 150, seed: 7 })) {
        run(given, playbook, ({ events }) => {
          for (const event of events) {
            reached.add(event.type === 'verdict-given' ? event.verdict : event.type);
          }
        });
      }
    }
    expect([...reached]).toEqual(
      expect.arrayContaining([
        'incident-reopened',
        'attempt-held',
        'attempt-withdrawn',
        'attempt-shadowed',
        'approval-given',
        'approval-denied',
        'effective',
        'ineffective',
        'unverified',
        'ladder-paused',
        'ladder-resumed',
        'incident-exhausted',
      ]),
    );
  });

  it('has at most one attempt in flight, sends nothing while paused, and never to nobody', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        let inFlight: string | null = null;
        run(inputs, playbook, ({ state, events, commands }) => {
          for (const event of events) {
            if (event.type === 'attempt-intended') {
              expect(inFlight).toBeNull();
              expect(event.targets).not.toEqual([]);
              inFlight = event.attempt;
            }
            if (event.type === 'verdict-given' || event.type === 'attempt-withdrawn') {
              if (event.attempt === inFlight) inFlight = null;
            }
          }
          const sent = commands.some((command) => command.type === 'dispatch');
          expect(sent && state.fleet.paused !== null).toBe(false);
          // The intent is written with the order.
          expect(sent).toBe(events.some((event) => event.type === 'attempt-intended'));
        });
      }),
      { numRuns: 100 },
    );
  });
});

/** Commands that reach somebody: an application, a target, a person, or the fleet. */
const reaching: ReadonlySet<string> = new Set(['dispatch', 'cancel', 'direct', 'notify', 'follow-cohort']);

describe('the log', () => {
  it('has an event for every command that reaches somebody, and tells the fleet only what has changed', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        let told: string | null = null;
        run(inputs, playbook, ({ state, events, commands }) => {
          const reached = commands.filter(({ type }) => reaching.has(type));
          if (reached.length > 0) expect(events, JSON.stringify(reached)).not.toEqual([]);
          for (const command of commands) {
            if (command.type !== 'tell-fleet') continue;
            const text = JSON.stringify(command.standing);
            expect(text).not.toBe(told);
            told = text;
            expect(command.standing.incident?.open ?? false).toBe(state.incident?.closed === null);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('alone gives the record of every step that the machine keeps', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        const log: LogEntry[] = [];
        const last = run(inputs, playbook, ({ events }, now) => {
          for (const event of events) {
            log.push({
              sequence: log.length + 1,
              at: now,
              resource: 'rethinkdb/main',
              incident: null,
              event,
            });
          }
        });
        expect(effectiveness(log).get('rethinkdb/main') ?? []).toEqual(last.records ?? []);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the fleet', () => {
  const inputs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fleetInputs), { maxLength: 80 });

  it('is deterministic, serialisable, and grants nothing but what restores in a storm or when cut off', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const transcripts = [1, 2].map(() => {
          let state = initialFleetState('a', 1);
          let now = worldBegan;
          return given.map(([later, input]) => {
            now += later;
            const decision = decideFleet(state, input, now);
            state = JSON.parse(JSON.stringify(decision.state));
            expect(state).toEqual(decision.state);
            const isAlarmed = state.storm != null || state.isolation != null;
            // One granted before may be handed out again.
            const granted = state.leases.filter(({ grantedAt, used }) => grantedAt === now && !used);
            if (isAlarmed && input.type === 'request' && later > 0) {
              expect(granted.every(({ effect }) => effect === 'restores')).toBe(true);
            }
            return JSON.stringify(decision);
          });
        });
        expect(transcripts[0]).toEqual(transcripts[1]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('why not', () => {
  it('has an answer in every state, and the same as the ladder: what is due and not held runs', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        run(inputs, playbook, ({ state }, now) => {
          for (const action of ['salt.highstate', 'restart', 'nothing']) {
            const { runs, reasons, answer } = whyNot(state, playbook, facts, action, now);
            expect(runs).toBe(reasons.length === 0);
            expect(answer).not.toBe('');
            expect(renderWhyNot(reasons)).not.toContain('undefined');
          }
        });
      }),
      { numRuns: 40 },
    );
  });
});

function renderWhyNot(reasons: ReturnType<typeof whyNot>['reasons']): string {
  return reasons.map(({ rule, reason, remedy }) => `${rule} ${reason} ${remedy}`).join();
}

describe('a whole outage', () => {
  it('replayed from its inputs gives the same decisions', () => {
    const world = new World({ playbook: articlePlaybook() });
    for (const host of ['web1', 'web2', 'web3']) world.start(host);
    world.at(seconds(300), () => world.breaks());
    world.runUntil(seconds(1_500));
    let state = initialResourceState(world.resource);
    for (const { at, input } of world.inputs) {
      state = decide(state, input, world.playbook, world.facts, at).state;
    }
    expect(JSON.stringify(state)).toBe(JSON.stringify(world.state));
  });
});

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

describe('fences', () => {
  it('only grow, and no two attempts hold one target', () => {
    const inputs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8_000 }), fleetInputs), { maxLength: 60 });
    fc.assert(
      fc.property(inputs, (given) => {
        let state = initialFleetState('a', 1);
        let now = worldBegan;
        let highest = 0;
        const permits = new Set<string>();
        for (const [later, input] of given) {
          now += later;
          const decision = decideFleet(state, input, now);
          state = decision.state;
          for (const { decision: answer } of decision.permits) {
            if (answer.type !== 'granted') continue;
            if (!permits.has(answer.permit)) expect(answer.fence.number).toBeGreaterThan(highest);
            permits.add(answer.permit);
            highest = Math.max(highest, answer.fence.number);
          }
          const locked = state.leases.flatMap((lease) => lease.targets);
          expect(new Set(locked).size).toBe(locked.length);
          if (state.paused !== null) expect(state.leases.every((lease) => lease.used)).toBe(true);
        }
      }),
    );
  });
});
