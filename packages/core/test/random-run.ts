import {
  type Command,
  type Decision,
  decide,
  initialResourceState,
  type Playbook,
  type ResourceInput,
  type ResourceState,
} from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import fc from 'fast-check';
import { presentAttemptId, presentIncidentId, resourceInputs } from './arbitrary.ts';
import { articlePlaybook, highstate, restart } from './playbooks.ts';

export const facts = {
  resource: 'rethinkdb/main',
  nodes: [
    { name: 'db1', target: 't1' },
    { name: 'db2', target: 't2' },
  ],
  labels: {},
};

/** Everything opens and runs quickly, so that random inputs reach every phase. */
export const hasty: readonly Playbook[] = (
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
export function fit(input: ResourceInput, state: ResourceState, now: number): ResourceInput {
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
  const cohort = fitted.type === 'summary' ? fitted.summary.cohort : null;
  if (fitted.type === 'summary' && cohort !== null) {
    // As `observe` counts it, where it was told of the action's end.
    const markAt = state.incident?.attempt?.endedAt ?? cohort.markAt;
    return { ...fitted, summary: { ...fitted.summary, cohort: { ...cohort, markAt } } };
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
export const timed = fc.array(happenings, { minLength: 20, maxLength: 120, size: 'max' });

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

export function run(
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
