import { describe, expect, it } from 'vitest';
import { holding, lowering } from '../../test/guardrail-cases.ts';
import { answers, facts, now } from '../../test/guardrail-facts.ts';
import { highstate, restart } from '../../test/playbooks.ts';
import type { Step } from '../playbook/playbook.ts';
import { askGuardrails, guardrails } from './registry.ts';

describe('a guardrail', () => {
  it('lets an attempt pass that nothing speaks against', () => {
    expect(answers({})).toEqual([]);
  });

  it.each(holding)('%s holds and says why (%#)', (name, change, says) => {
    const answer = answers(change).find((each) => each.guardrail === name);
    expect(answer?.reason).toContain(says);
    // What a person reads tells when it is looked at again, and what to do.
    if (answer !== undefined && 'until' in answer) {
      expect(answer.remedy).not.toBe('');
      if (answer.until !== null) expect(answer.until).toBeGreaterThan(now);
    }
  });

  it('is shown by at least one case each', () => {
    expect(new Set([...holding, ...lowering].map(([name]) => name))).toEqual(
      new Set(guardrails.map(({ name }) => name)),
    );
  });

  it.each([...holding, ...lowering])('%s names itself in its answer (%#)', (name, change) => {
    const given = facts(change);
    const { autonomy } = given.step;
    const own = guardrails.find((each) => each.name === name);
    expect(own?.check({ ...given, autonomy, lowered: null })?.guardrail).toBe(name);
  });

  it('stands in the way of what only restores only where it holds every attempt', () => {
    const every = new Set([
      'kill-switch',
      'maintenance',
      'somebody-else',
      'one-in-flight',
      'targets',
      'arguments',
      'target-silent',
      'autonomy',
      'approval',
    ]);
    const restores: Step = { ...highstate, effect: 'restores' };
    for (const [name, change] of holding) {
      const step: Step = { ...restores, autonomy: change.step?.autonomy ?? 'auto' };
      const found = answers(change, step).filter((each) => each.guardrail === name);
      if (!every.has(name)) expect(found).toEqual([]);
    }
    const kept = answers({ state: { fleet: { paused: { by: 'ada', reason: 'x', at: now } } } }, restores);
    expect(kept).toHaveLength(1);
  });
});

describe('a guardrail that lowers autonomy', () => {
  it.each(lowering)('%s makes `auto` ask and says why (%#)', (_, change, says) => {
    const answer = askGuardrails(facts(change));
    expect(answer.autonomy).toBe('ask');
    expect(answer.holds.find((hold) => hold.guardrail === 'approval')?.reason).toContain(says);
  });

  it.each(lowering)('%s leaves what only restores alone', (_, change) => {
    const step = { ...(change.step ?? restart), effect: 'restores' as const };
    expect(askGuardrails(facts({ ...change, step })).autonomy).toBe('auto');
  });

  it('leaves `shadow` as it is', () => {
    const [, change] = lowering[0] ?? ['', {}];
    expect(askGuardrails(facts({ ...change, step: { ...restart, autonomy: 'shadow' } })).autonomy).toBe(
      'shadow',
    );
  });
});
