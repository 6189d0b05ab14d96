import { describe, expect, it } from 'vitest';
import type { Step } from '../playbook/playbook.ts';
import { chooseStep, isSpent, type LadderView, nextDue } from './ladder.ts';
import type { StepProgress } from './state.ts';

const minute = 60_000;

function step(id: string, afterMin: number, everyMin: number, change: Partial<Step> = {}): Step {
  return {
    id,
    action: `salt.${id}`,
    effect: 'repairs',
    arguments: {},
    target: { select: 'failing-nodes' },
    afterMs: afterMin * minute,
    everyMs: everyMin * minute,
    max: 100,
    autonomy: 'auto',
    deadlineMs: 1,
    notAfterMs: 1,
    verify: { windowMs: 1, soakMs: 1, cohortShare: 1 },
    onHold: 'wait',
    line: 1,
    ...change,
  };
}

function view(rungs: readonly [Step, Partial<StepProgress>, boolean?][]): LadderView {
  return {
    from: 0,
    kinds: ['unreachable'],
    rungs: rungs.map(([each, progress, stoodAside]) => ({
      step: each,
      stoodAside: stoodAside ?? false,
      progress: {
        step: each.id,
        runs: 0,
        startedAt: null,
        notBefore: null,
        unsent: 0,
        refused: null,
        ...progress,
      },
    })),
  };
}

/** Every step that starts in the given minutes, where each is over before the next minute. */
function climbFor(minutes: number, steps: readonly Step[]): string[] {
  const progress = new Map<string, { runs: number; startedAt: number }>();
  const started: string[] = [];
  for (let at = 0; at <= minutes; at += 1) {
    const rungs = steps.map((each): [Step, Partial<StepProgress>] => [each, progress.get(each.id) ?? {}]);
    const chosen = chooseStep(view(rungs), at * minute);
    if (chosen === null) continue;
    const runs = (progress.get(chosen.id)?.runs ?? 0) + 1;
    progress.set(chosen.id, { runs, startedAt: at * minute });
    started.push(`${chosen.id} ${at}`);
  }
  return started;
}

describe('the ladder', () => {
  it.each([
    {
      name: 'of the article',
      steps: [step('highstate', 5, 5), step('restart', 10, 10)],
      minutes: 30,
      runs: ['highstate 5', 'restart 10', 'highstate 15', 'restart 20', 'highstate 25', 'restart 30'],
    },
    {
      name: 'with a maximum of runs',
      steps: [step('highstate', 5, 5, { max: 1 }), step('restart', 10, 10, { max: 1 })],
      minutes: 60,
      runs: ['highstate 5', 'restart 10'],
    },
    {
      name: 'whose stronger step is due first still runs the milder one first',
      steps: [step('mild', 10, 60), step('strong', 2, 60)],
      minutes: 30,
      runs: ['mild 10', 'strong 11'],
    },
    {
      name: 'whose steps are all due at once runs each milder one once before the next',
      steps: [step('one', 0, 60), step('two', 0, 60), step('three', 0, 60)],
      minutes: 5,
      runs: ['one 0', 'two 1', 'three 2'],
    },
    {
      name: 'passes over a step that is not meant for the faults shown',
      steps: [step('disk', 1, 5, { when: ['resource-exhausted'] }), step('restart', 2, 60)],
      minutes: 10,
      runs: ['restart 2'],
    },
  ])('$name', ({ steps, minutes, runs }) => {
    expect(climbFor(minutes, steps)).toEqual(runs);
  });

  it('counts every from start to start; a stronger run restarts it for the milder ones', () => {
    const milder = step('milder', 0, 5);
    const stronger = step('stronger', 0, 30);
    const ladder = view([
      [milder, { runs: 1, startedAt: 0 }],
      [stronger, { runs: 1, startedAt: 4 * minute }],
    ]);
    expect(nextDue(ladder)).toEqual({ step: milder, at: 9 * minute });
  });

  it('passes over a refused step, and lets a held one be stood aside for', () => {
    const first = step('first', 0, 5);
    const second = step('second', 0, 5);
    const refused = view([
      [first, { refused: { guardrail: 'approval', reason: 'no' } }],
      [second, {}],
    ]);
    expect(chooseStep(refused, 0)).toBe(second);
    const aside = view([
      [first, {}, true],
      [second, {}],
    ]);
    expect(chooseStep(aside, 0)).toBe(second);
  });

  it('is spent when every step has had its runs or is refused', () => {
    const only = step('only', 0, 5, { max: 1 });
    expect(isSpent(view([[only, {}]]))).toBe(false);
    expect(isSpent(view([[only, { runs: 1 }]]))).toBe(true);
  });
});
